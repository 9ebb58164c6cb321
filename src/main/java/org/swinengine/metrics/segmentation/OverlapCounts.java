package org.swinengine.metrics.segmentation;

/**
 * How many elements of a class two masks have in common. Ratios without a denominator are NaN; what stands
 * for them, {@link EmptyMasks} says.
 *
 * @param truePositive in both
 * @param falsePositive in the prediction alone
 * @param falseNegative in the truth alone
 * @param trueNegative in neither
 */
public record OverlapCounts(long truePositive, long falsePositive, long falseNegative, long trueNegative) {
  /** Counts two masks of one length. */
  public static OverlapCounts of(boolean[] prediction, boolean[] truth) {
    if (prediction.length != truth.length) {
      throw new IllegalArgumentException(
          "the prediction has " + prediction.length + " elements and the truth " + truth.length);
    }
    long[] counts = new long[4];
    for (int i = 0; i < truth.length; i++) {
      counts[(prediction[i] ? 2 : 0) + (truth[i] ? 1 : 0)]++;
    }
    return new OverlapCounts(counts[3], counts[2], counts[1], counts[0]);
  }

  /** Elements of the prediction. */
  public long predicted() {
    return truePositive + falsePositive;
  }

  /** Elements of the truth. */
  public long real() {
    return truePositive + falseNegative;
  }

  /** {@code 2TP/(2TP + FP + FN)}. */
  public double dice() {
    return ratio(2 * truePositive, predicted() + real());
  }

  /** {@code TP/(TP + FP + FN)}, Jaccard's index. */
  public double iou() {
    return ratio(truePositive, truePositive + falsePositive + falseNegative);
  }

  /** {@code TP/(TP + FN)}: how much of the truth was found. */
  public double sensitivity() {
    return ratio(truePositive, real());
  }

  /** {@code TN/(TN + FP)}: how much of the rest was left alone. */
  public double specificity() {
    return ratio(trueNegative, trueNegative + falsePositive);
  }

  /** {@code TP/(TP + FP)}: how much of what was found is right. */
  public double precision() {
    return ratio(truePositive, predicted());
  }

  /** {@code (predicted − real)/real}: medpy's {@code ravd}. */
  public double relativeVolumeDifference() {
    return ratio(predicted() - real(), real());
  }

  private static double ratio(long part, long whole) {
    return whole == 0 ? Double.NaN : (double) part / whole;
  }
}
