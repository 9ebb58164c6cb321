package org.swinengine.backend.reference;

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
