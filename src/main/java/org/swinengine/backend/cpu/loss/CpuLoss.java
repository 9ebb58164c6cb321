package org.swinengine.backend.cpu.loss;

import java.util.Arrays;
import org.swinengine.backend.LossKernels;
import org.swinengine.backend.Span;
import org.swinengine.backend.cpu.pointwise.PointwiseLoops;
import org.swinengine.backend.cpu.reduce.DoubleSums;
import org.swinengine.backend.cpu.reduce.ReduceLoops;
import org.swinengine.backend.cpu.runtime.Chunks;
import org.swinengine.backend.cpu.runtime.CpuBuffer;
import org.swinengine.backend.cpu.runtime.Scratch;
import org.swinengine.backend.cpu.runtime.WorkerPool;
import org.swinengine.backend.cpu.simd.LaneSums;

/**
 * Loss family on the CPU. Exponentials are taken of several rows at once, so that a few classes do not waste
 * wide vectors; what is left for each row, a logarithm among it, is computed in double. Sums over classes run
 * in the sixteen lanes of {@link LaneSums}.
 */
public final class CpuLoss implements LossKernels {
  /** Elements of the rows worked on at once: they stay in the nearest cache. */
  private static final int BLOCK = 2048;

  /** What an element of a softmax costs, in elements of a plain loop. */
  private static final int COST = 4;

  /** What a yes or no costs in {@link StrictMath}, in elements of a plain loop. */
  private static final int BINARY_COST = 200;

  private final WorkerPool pool;
  private final PointwiseLoops loops;
  private final ReduceLoops reduce;

  public CpuLoss(WorkerPool pool, PointwiseLoops loops, ReduceLoops reduce) {
    this.pool = pool;
    this.loops = loops;
    this.reduce = reduce;
  }

  @Override
  public void crossEntropy(
      int rows, int classes, Span logits, Span labels, double smoothing, Span losses, Span logSumExp) {
    float[] x = CpuBuffer.floats(logits);
    int xAt = CpuBuffer.start(logits, (long) rows * classes);
    int[] label = CpuBuffer.ints(labels);
    int labelAt = CpuBuffer.start(labels, rows);
    float[] loss = CpuBuffer.floats(losses);
    int lossAt = CpuBuffer.start(losses, rows);
    float[] logSum = CpuBuffer.floats(logSumExp);
    int logSumAt = CpuBuffer.start(logSumExp, rows);
    checkLabels(label, labelAt, rows, classes);
    blocks(
        rows,
        classes,
        (first, last) -> {
          int elements = (last - first) * classes;
          float[] scratch = Scratch.get().floats(2 * elements + LaneSums.COUNT);
          int lanes = Scratch.ALIGNED_START;
          int shifted = lanes + LaneSums.COUNT;
          int exponentials = shifted + elements;
          double[] sums = new double[LaneSums.COUNT];
          for (int r = first; r < last; r++) {
            int row = shifted + (r - first) * classes;
            float maximum = reduce.maximum(x, xAt + r * classes, classes, scratch, lanes);
            loops.addConstant(x, xAt + r * classes, -maximum, scratch, row, classes);
            logSum[logSumAt + r] = maximum;
          }
          loops.exp(scratch, shifted, scratch, exponentials, elements);
          for (int r = first; r < last; r++) {
            int row = (r - first) * classes;
            double logOfSum = StrictMath.log(sum(scratch, exponentials + row, classes, sums));
            double atLabel = scratch[shifted + row + label[labelAt + r]];
            double cost = logOfSum - (1 - smoothing) * atLabel;
            if (smoothing != 0) { // else a logit of −∞ would make 0·∞
              cost -= smoothing * sum(scratch, shifted + row, classes, sums) / classes;
            }
            loss[lossAt + r] = (float) cost;
            logSum[logSumAt + r] = (float) (logSum[logSumAt + r] + logOfSum);
          }
        });
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
    float[] x = CpuBuffer.floats(logits);
    int xAt = CpuBuffer.start(logits, (long) rows * classes);
    int[] label = CpuBuffer.ints(labels);
    int labelAt = CpuBuffer.start(labels, rows);
    float[] logSum = CpuBuffer.floats(logSumExp);
    int logSumAt = CpuBuffer.start(logSumExp, rows);
    float[] dx = CpuBuffer.floats(dLogits);
    int dxAt = CpuBuffer.start(dLogits, (long) rows * classes);
    float scale = (float) (factor * CpuBuffer.floats(dLoss)[CpuBuffer.start(dLoss, 1)]);
    float elsewhere = (float) (smoothing / classes);
    float atLabel = (float) (1 - smoothing);
    checkLabels(label, labelAt, rows, classes);
    blocks(
        rows,
        classes,
        (first, last) -> {
          int block = dxAt + first * classes;
          int elements = (last - first) * classes;
          for (int r = first; r < last; r++) {
            loops.addConstant(x, xAt + r * classes, -logSum[logSumAt + r], dx, dxAt + r * classes, classes);
          }
          loops.exp(dx, block, dx, block, elements);
          loops.addConstant(dx, block, -elsewhere, dx, block, elements);
          for (int r = first; r < last; r++) {
            dx[dxAt + r * classes + label[labelAt + r]] -= atLabel;
          }
          loops.scale(dx, block, scale, dx, block, elements);
        });
  }

  @Override
  public void softCrossEntropy(
      int rows, int classes, Span logits, Span targets, Span losses, Span logSumExp) {
    float[] target = CpuBuffer.floats(targets);
    int targetAt = CpuBuffer.start(targets, (long) rows * classes);
    float[] loss = CpuBuffer.floats(losses);
    int lossAt = CpuBuffer.start(losses, rows);
    shifted(
        rows,
        classes,
        logits,
        logSumExp,
        (r, logOfSum, x, at, lanes) -> {
          Arrays.fill(lanes, 0);
          for (int c = 0; c < classes; c++) {
            double share = target[targetAt + r * classes + c];
            if (share != 0) { // else a logit of −∞ would make 0·∞
              lanes[c % LaneSums.COUNT] += share * (logOfSum - x[at + c]);
            }
          }
          loss[lossAt + r] = (float) LaneSums.fold(lanes);
        });
  }

  @Override
  public void softCrossEntropyBackward(
      int rows, int classes, Span logits, Span targets, Span logSumExp, Span dLosses, Span dLogits) {
    float[] target = CpuBuffer.floats(targets);
    int targetAt = CpuBuffer.start(targets, (long) rows * classes);
    float[] dLoss = CpuBuffer.floats(dLosses);
    int dLossAt = CpuBuffer.start(dLosses, rows);
    probabilities(
        rows,
        classes,
        logits,
        logSumExp,
        dLogits,
        (r, dx, at, lanes) -> {
          float total = (float) sum(target, targetAt + r * classes, classes, lanes);
          float scale = dLoss[dLossAt + r];
          for (int c = 0; c < classes; c++) {
            dx[at + c] = scale * (total * dx[at + c] - target[targetAt + r * classes + c]);
          }
        });
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
    int[] label = CpuBuffer.ints(labels);
    int labelAt = CpuBuffer.start(labels, rows);
    checkLabels(label, labelAt, rows, classes);
    float[] weight = ClassWeight.read(weights, classes);
    float[] loss = CpuBuffer.floats(losses);
    int lossAt = CpuBuffer.start(losses, rows);
    float[] rowWeight = rowWeights == null ? new float[rows] : CpuBuffer.floats(rowWeights);
    int rowWeightAt = rowWeights == null ? 0 : CpuBuffer.start(rowWeights, rows);
    shifted(
        rows,
        classes,
        logits,
        logSumExp,
        (r, logOfSum, x, at, lanes) -> {
          int y = label[labelAt + r];
          double logProbability = Math.min(0, x[at + y] - logOfSum);
          double sharp = weight[y] * (1 - cost.smoothing()) * ClassWeight.focus(logProbability, cost.gamma());
          double sum = -sharp * logProbability;
          if (cost.smoothing() != 0) { // else a logit of −∞ would make 0·∞
            Arrays.fill(lanes, 0);
            for (int c = 0; c < classes; c++) {
              lanes[c % LaneSums.COUNT] += weight[c] * (logOfSum - x[at + c]);
            }
            sum += cost.smoothing() / classes * LaneSums.fold(lanes);
          }
          loss[lossAt + r] = (float) sum;
          rowWeight[rowWeightAt + r] = weight[y];
        });
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
    int[] label = CpuBuffer.ints(labels);
    int labelAt = CpuBuffer.start(labels, rows);
    checkLabels(label, labelAt, rows, classes);
    float[] weight = ClassWeight.read(weights, classes);
    float[] x = CpuBuffer.floats(logits);
    int xAt = CpuBuffer.start(logits, (long) rows * classes);
    float[] logSum = CpuBuffer.floats(logSumExp);
    int logSumAt = CpuBuffer.start(logSumExp, rows);
    float[] dLoss = CpuBuffer.floats(dLosses);
    int dLossAt = CpuBuffer.start(dLosses, rows);
    double share = cost.smoothing() / classes;
    double all = sum(weight, 0, classes, new double[LaneSums.COUNT]);
    probabilities(
        rows,
        classes,
        logits,
        logSumExp,
        dLogits,
        (r, dx, at, lanes) -> {
          int y = label[labelAt + r];
          double logProbability = Math.min(0, (double) x[xAt + r * classes + y] - logSum[logSumAt + r]);
          double sharp =
              weight[y] * (1 - cost.smoothing()) * ClassWeight.focusSlope(logProbability, cost.gamma());
          float ofProbability = (float) (sharp + share * all);
          float elsewhere = (float) share;
          float scale = dLoss[dLossAt + r];
          float atLabel = scale * (float) sharp;
          for (int c = 0; c < classes; c++) {
            dx[at + c] = scale * (ofProbability * dx[at + c] - elsewhere * weight[c]);
          }
          dx[at + y] -= atLabel;
        });
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
    float[] x = CpuBuffer.floats(logits);
    int xAt = CpuBuffer.start(logits, (long) rows * classes);
    float[] target = CpuBuffer.floats(targets);
    int targetAt = CpuBuffer.start(targets, (long) rows * classes);
    float[] weight = ClassWeight.read(positiveWeights, classes);
    float[] loss = CpuBuffer.floats(losses);
    int lossAt = CpuBuffer.start(losses, rows);
    Chunks.rows(
        pool,
        rows,
        (long) BINARY_COST * classes,
        (from, to) -> {
          double[] lanes = new double[LaneSums.COUNT];
          for (int r = from; r < to; r++) {
            Arrays.fill(lanes, 0);
            for (int c = 0; c < classes; c++) {
              int i = r * classes + c;
              lanes[c % LaneSums.COUNT] +=
                  BinaryElement.loss(x[xAt + i], target[targetAt + i], weight[c], cost);
            }
            loss[lossAt + r] = (float) LaneSums.fold(lanes);
          }
        });
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
    float[] x = CpuBuffer.floats(logits);
    int xAt = CpuBuffer.start(logits, (long) rows * classes);
    float[] target = CpuBuffer.floats(targets);
    int targetAt = CpuBuffer.start(targets, (long) rows * classes);
    float[] weight = ClassWeight.read(positiveWeights, classes);
    float[] dLoss = CpuBuffer.floats(dLosses);
    int dLossAt = CpuBuffer.start(dLosses, rows);
    float[] dx = CpuBuffer.floats(dLogits);
    int dxAt = CpuBuffer.start(dLogits, (long) rows * classes);
    Chunks.rows(
        pool,
        rows,
        (long) BINARY_COST * classes,
        (from, to) -> {
          for (int r = from; r < to; r++) {
            for (int c = 0; c < classes; c++) {
              int i = r * classes + c;
              double slope = BinaryElement.slope(x[xAt + i], target[targetAt + i], weight[c], cost);
              dx[dxAt + i] = (float) (dLoss[dLossAt + r] * slope);
            }
          }
        });
  }

  /** What is computed of a row's logits less their maximum. */
  @FunctionalInterface
  private interface ShiftedRow {
    /**
     * @param logOfSum log Σ exp of the row
     * @param x holds the row from {@code at} on
     * @param lanes room for a sum in double
     */
    void take(int row, double logOfSum, float[] x, int at, double[] lanes);
  }

  /** Brings each row's logits less their maximum, and writes the row's log Σ exp. */
  private void shifted(int rows, int classes, Span logits, Span logSumExp, ShiftedRow use) {
    float[] x = CpuBuffer.floats(logits);
    int xAt = CpuBuffer.start(logits, (long) rows * classes);
    float[] logSum = CpuBuffer.floats(logSumExp);
    int logSumAt = CpuBuffer.start(logSumExp, rows);
    blocks(
        rows,
        classes,
        (first, last) -> {
          int elements = (last - first) * classes;
          float[] scratch = Scratch.get().floats(2 * elements + LaneSums.COUNT);
          int lanes = Scratch.ALIGNED_START;
          int shifted = lanes + LaneSums.COUNT;
          int exponentials = shifted + elements;
          double[] sums = new double[LaneSums.COUNT];
          for (int r = first; r < last; r++) {
            int row = shifted + (r - first) * classes;
            float maximum = reduce.maximum(x, xAt + r * classes, classes, scratch, lanes);
            loops.addConstant(x, xAt + r * classes, -maximum, scratch, row, classes);
            logSum[logSumAt + r] = maximum;
          }
          loops.exp(scratch, shifted, scratch, exponentials, elements);
          for (int r = first; r < last; r++) {
            int row = (r - first) * classes;
            double logOfSum = StrictMath.log(sum(scratch, exponentials + row, classes, sums));
            use.take(r, logOfSum, scratch, shifted + row, sums);
            logSum[logSumAt + r] = (float) (logSum[logSumAt + r] + logOfSum);
          }
        });
  }

  /** What makes a row's gradient of its probabilities, in place. */
  @FunctionalInterface
  private interface ProbabilityRow {
    /** @param lanes room for a sum in double */
    void take(int row, float[] x, int at, double[] lanes);
  }

  /** Writes the softmax of each row, of which the gradient is made in place. */
  private void probabilities(
      int rows, int classes, Span logits, Span logSumExp, Span dLogits, ProbabilityRow use) {
    float[] x = CpuBuffer.floats(logits);
    int xAt = CpuBuffer.start(logits, (long) rows * classes);
    float[] logSum = CpuBuffer.floats(logSumExp);
    int logSumAt = CpuBuffer.start(logSumExp, rows);
    float[] dx = CpuBuffer.floats(dLogits);
    int dxAt = CpuBuffer.start(dLogits, (long) rows * classes);
    blocks(
        rows,
        classes,
        (first, last) -> {
          double[] lanes = new double[LaneSums.COUNT];
          int block = dxAt + first * classes;
          for (int r = first; r < last; r++) {
            loops.addConstant(x, xAt + r * classes, -logSum[logSumAt + r], dx, dxAt + r * classes, classes);
          }
          loops.exp(dx, block, dx, block, (last - first) * classes);
          for (int r = first; r < last; r++) {
            use.take(r, dx, dxAt + r * classes, lanes);
          }
        });
  }

  @Override
  public void softmax(int rows, int classes, Span x, Span y) {
    float[] in = CpuBuffer.floats(x);
    int inAt = CpuBuffer.start(x, (long) rows * classes);
    float[] out = CpuBuffer.floats(y);
    int outAt = CpuBuffer.start(y, (long) rows * classes);
    blocks(
        rows,
        classes,
        (first, last) -> {
          float[] scratch = Scratch.get().floats(LaneSums.COUNT);
          int lanes = Scratch.ALIGNED_START;
          double[] sums = new double[LaneSums.COUNT];
          for (int r = first; r < last; r++) {
            float maximum = reduce.maximum(in, inAt + r * classes, classes, scratch, lanes);
            loops.addConstant(in, inAt + r * classes, -maximum, out, outAt + r * classes, classes);
          }
          loops.exp(out, outAt + first * classes, out, outAt + first * classes, (last - first) * classes);
          for (int r = first; r < last; r++) {
            float factor = (float) (1 / sum(out, outAt + r * classes, classes, sums));
            loops.scale(out, outAt + r * classes, factor, out, outAt + r * classes, classes);
          }
        });
  }

  /** Shares the rows out and cuts each share into blocks that the cache holds. */
  private void blocks(int rows, int classes, Chunks.Range range) {
    int blockRows = Math.max(1, BLOCK / Math.max(1, classes));
    Chunks.rows(
        pool,
        rows,
        (long) COST * classes,
        (from, to) -> {
          for (int first = from; first < to; first += blockRows) {
            range.run(first, Math.min(to - first, blockRows) + first);
          }
        });
  }

  private static void checkLabels(int[] labels, int at, int rows, int classes) {
    for (int r = 0; r < rows; r++) {
      int label = labels[at + r];
      if (label < 0 || label >= classes) {
        throw new IllegalArgumentException(
            "crossEntropy: label " + label + " of row " + r + " is not one of the " + classes
                + " classes, 0 to " + (classes - 1));
      }
    }
  }

  /** In double: one large term must not swallow thousands of small ones. */
  private static double sum(float[] x, int at, int n, double[] lanes) {
    return DoubleSums.sumInDouble(x, at, n, lanes);
  }
}
