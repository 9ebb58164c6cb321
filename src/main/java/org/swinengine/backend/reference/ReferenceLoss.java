package org.swinengine.backend.reference;

import java.util.Arrays;
import org.swinengine.backend.LossKernels;
import org.swinengine.backend.Span;

/** Loss family of the reference. */
final class ReferenceLoss implements LossKernels {
  @Override
  public void crossEntropy(
      int rows, int classes, Span logits, Span labels, double smoothing, Span losses, Span logSumExp) {
    double[] values = ReferenceBuffer.read(logits, (long) rows * classes);
    int[] label = readLabels(labels, rows, classes);
    double[] rowLoss = new double[rows];
    double[] rowLogSumExp = new double[rows];
    for (int r = 0; r < rows; r++) {
      rowLogSumExp[r] = logSumExp(values, r * classes, classes);
      for (int c = 0; c < classes; c++) {
        double target = target(c, label[r], classes, smoothing);
        if (target != 0) { // else a logit of −∞ would make 0·∞
          rowLoss[r] += target * (rowLogSumExp[r] - values[r * classes + c]);
        }
      }
    }
    ReferenceBuffer.write(rowLoss, losses);
    ReferenceBuffer.write(rowLogSumExp, logSumExp);
  }

  @Override
  public void crossEntropyBackward(
      int rows,
      int classes,
      Span logits,
      Span labels,
      double smoothing,
      Span logSumExp,
      Span dLoss,
      double factor,
      Span dLogits) {
    double[] values = ReferenceBuffer.read(logits, (long) rows * classes);
    int[] label = readLabels(labels, rows, classes);
    double[] rowLogSumExp = ReferenceBuffer.read(logSumExp, rows);
    double scale = factor * ReferenceBuffer.read(dLoss, 1)[0];
    double[] gradient = new double[values.length];
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < classes; c++) {
        int i = r * classes + c;
        double probability = StrictMath.exp(values[i] - rowLogSumExp[r]);
        gradient[i] = scale * (probability - target(c, label[r], classes, smoothing));
      }
    }
    ReferenceBuffer.write(gradient, dLogits);
  }

  @Override
  public void softCrossEntropy(
      int rows, int classes, Span logits, Span targets, Span losses, Span logSumExp) {
    double[] values = ReferenceBuffer.read(logits, (long) rows * classes);
    double[] target = ReferenceBuffer.read(targets, (long) rows * classes);
    double[] rowLoss = new double[rows];
    double[] rowLogSumExp = new double[rows];
    for (int r = 0; r < rows; r++) {
      rowLogSumExp[r] = logSumExp(values, r * classes, classes);
      for (int i = r * classes; i < (r + 1) * classes; i++) {
        if (target[i] != 0) { // else a logit of −∞ would make 0·∞
          rowLoss[r] += target[i] * (rowLogSumExp[r] - values[i]);
        }
      }
    }
    ReferenceBuffer.write(rowLoss, losses);
    ReferenceBuffer.write(rowLogSumExp, logSumExp);
  }

  @Override
  public void softCrossEntropyBackward(
      int rows, int classes, Span logits, Span targets, Span logSumExp, Span dLosses, Span dLogits) {
    double[] values = ReferenceBuffer.read(logits, (long) rows * classes);
    double[] target = ReferenceBuffer.read(targets, (long) rows * classes);
    double[] rowLogSumExp = ReferenceBuffer.read(logSumExp, rows);
    double[] dLoss = ReferenceBuffer.read(dLosses, rows);
    double[] gradient = new double[values.length];
    for (int r = 0; r < rows; r++) {
      double total = 0;
      for (int i = r * classes; i < (r + 1) * classes; i++) {
        total += target[i];
      }
      for (int i = r * classes; i < (r + 1) * classes; i++) {
        gradient[i] = dLoss[r] * (total * StrictMath.exp(values[i] - rowLogSumExp[r]) - target[i]);
      }
    }
    ReferenceBuffer.write(gradient, dLogits);
  }

  @Override
  public void weightedCrossEntropy(
      int rows,
      int classes,
      Span logits,
      Span labels,
      Span weights,
      ClassCost cost,
      Span losses,
      Span logSumExp,
      Span rowWeights) {
    double[] values = ReferenceBuffer.read(logits, (long) rows * classes);
    int[] label = readLabels(labels, rows, classes);
    double[] weight = weights(weights, classes);
    double[] rowLoss = new double[rows];
    double[] rowLogSumExp = new double[rows];
    double[] rowWeight = new double[rows];
    for (int r = 0; r < rows; r++) {
      rowLogSumExp[r] = logSumExp(values, r * classes, classes);
      rowWeight[r] = weight[label[r]];
      double logProbability = Math.min(0, values[r * classes + label[r]] - rowLogSumExp[r]);
      double focus = StrictMath.pow(-StrictMath.expm1(logProbability), cost.gamma());
      rowLoss[r] = -rowWeight[r] * (1 - cost.smoothing()) * focus * logProbability;
      for (int c = 0; c < classes && cost.smoothing() != 0; c++) {
        double share = cost.smoothing() / classes * weight[c];
        rowLoss[r] += share * (rowLogSumExp[r] - values[r * classes + c]);
      }
    }
    ReferenceBuffer.write(rowLoss, losses);
    ReferenceBuffer.write(rowLogSumExp, logSumExp);
    ReferenceBuffer.writeIfWanted(rowWeight, rowWeights);
  }

  @Override
  public void weightedCrossEntropyBackward(
      int rows,
      int classes,
      Span logits,
      Span labels,
      Span weights,
      ClassCost cost,
      Span logSumExp,
      Span dLosses,
      Span dLogits) {
    double[] values = ReferenceBuffer.read(logits, (long) rows * classes);
    int[] label = readLabels(labels, rows, classes);
    double[] weight = weights(weights, classes);
    double[] rowLogSumExp = ReferenceBuffer.read(logSumExp, rows);
    double[] dLoss = ReferenceBuffer.read(dLosses, rows);
    double[] gradient = new double[values.length];
    double total = 0;
    for (double w : weight) {
      total += w;
    }
    for (int r = 0; r < rows; r++) {
      double logProbability = Math.min(0, values[r * classes + label[r]] - rowLogSumExp[r]);
      double rest = -StrictMath.expm1(logProbability);
      double focus = 1;
      if (cost.gamma() != 0) {
        focus =
            rest == 0
                ? 0
                : StrictMath.pow(rest, cost.gamma())
                    - cost.gamma() * StrictMath.pow(rest, cost.gamma() - 1)
                        * StrictMath.exp(logProbability) * logProbability;
      }
      double atLabel = weight[label[r]] * (1 - cost.smoothing()) * focus;
      double share = cost.smoothing() / classes;
      for (int c = 0; c < classes; c++) {
        double probability = StrictMath.exp(values[r * classes + c] - rowLogSumExp[r]);
        double sharp = atLabel * (probability - (c == label[r] ? 1 : 0));
        gradient[r * classes + c] = dLoss[r] * (sharp + share * (probability * total - weight[c]));
      }
    }
    ReferenceBuffer.write(gradient, dLogits);
  }

  @Override
  public void binaryCrossEntropy(
      int rows,
      int classes,
      Span logits,
      Span targets,
      Span positiveWeights,
      BinaryCost cost,
      Span losses) {
    double[] values = ReferenceBuffer.read(logits, (long) rows * classes);
    double[] target = ReferenceBuffer.read(targets, (long) rows * classes);
    double[] weight = weights(positiveWeights, classes);
    double[] rowLoss = new double[rows];
    for (int i = 0; i < values.length; i++) {
      double x = values[i];
      double t = target[i];
      double missed = sigmoid(x) * (1 - t) + sigmoid(-x) * t;
      double focus = balance(t, cost) * StrictMath.pow(missed, cost.gamma());
      rowLoss[i / classes] += focus * binary(x, t, weight[i % classes]);
    }
    ReferenceBuffer.write(rowLoss, losses);
  }

  @Override
  public void binaryCrossEntropyBackward(
      int rows,
      int classes,
      Span logits,
      Span targets,
      Span positiveWeights,
      BinaryCost cost,
      Span dLosses,
      Span dLogits) {
    double[] values = ReferenceBuffer.read(logits, (long) rows * classes);
    double[] target = ReferenceBuffer.read(targets, (long) rows * classes);
    double[] weight = weights(positiveWeights, classes);
    double[] dLoss = ReferenceBuffer.read(dLosses, rows);
    double[] gradient = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      double x = values[i];
      double t = target[i];
      double slope = 1 - t - (1 + (weight[i % classes] - 1) * t) * sigmoid(-x);
      double missed = sigmoid(x) * (1 - t) + sigmoid(-x) * t;
      double derivative = slope;
      if (cost.gamma() != 0) {
        double steepness = sigmoid(x) * sigmoid(-x) * (1 - 2 * t);
        derivative =
            missed == 0
                ? 0
                : StrictMath.pow(missed, cost.gamma()) * slope
                    + cost.gamma() * StrictMath.pow(missed, cost.gamma() - 1) * steepness
                        * binary(x, t, weight[i % classes]);
      }
      gradient[i] = dLoss[i / classes] * balance(t, cost) * derivative;
    }
    ReferenceBuffer.write(gradient, dLogits);
  }

  private static double[] weights(Span weights, int classes) {
    if (weights != null) {
      return ReferenceBuffer.read(weights, classes);
    }
    double[] ones = new double[classes];
    Arrays.fill(ones, 1);
    return ones;
  }

  private static double sigmoid(double x) {
    return 1 / (1 + StrictMath.exp(-x));
  }

  private static double balance(double target, BinaryCost cost) {
    return cost.alpha() < 0 ? 1 : cost.alpha() * target + (1 - cost.alpha()) * (1 - target);
  }

  /** (1 − t)·x + (1 + (w − 1)·t)·log(1 + e⁻ˣ). */
  private static double binary(double x, double t, double weight) {
    double softplus = StrictMath.log1p(StrictMath.exp(-Math.abs(x))) + Math.max(-x, 0);
    return (1 - t) * x + (1 + (weight - 1) * t) * softplus;
  }

  @Override
  public void softmax(int rows, int classes, Span x, Span y) {
    double[] values = ReferenceBuffer.read(x, (long) rows * classes);
    double[] result = new double[values.length];
    for (int r = 0; r < rows; r++) {
      double logSum = logSumExp(values, r * classes, classes);
      for (int c = 0; c < classes; c++) {
        result[r * classes + c] = StrictMath.exp(values[r * classes + c] - logSum);
      }
    }
    ReferenceBuffer.write(result, y);
  }

  private static double target(int c, int label, int classes, double smoothing) {
    return (c == label ? 1 - smoothing : 0) + smoothing / classes;
  }

  private static double logSumExp(double[] values, int from, int classes) {
    double maximum = Double.NEGATIVE_INFINITY;
    for (int c = 0; c < classes; c++) {
      maximum = Math.max(maximum, values[from + c]);
    }
    double sum = 0;
    for (int c = 0; c < classes; c++) {
      sum += StrictMath.exp(values[from + c] - maximum);
    }
    return maximum + StrictMath.log(sum);
  }

  private static int[] readLabels(Span labels, int rows, int classes) {
    int[] label = ReferenceBuffer.readInts(labels, rows);
    for (int r = 0; r < rows; r++) {
      if (label[r] < 0 || label[r] >= classes) {
        throw new IllegalArgumentException(
            "crossEntropy: label " + label[r] + " of row " + r + " is not one of the " + classes
                + " classes, 0 to " + (classes - 1));
      }
    }
    return label;
  }
}
