package org.swinengine.metrics.segmentation;

import java.util.HashMap;
import java.util.Map;

/**
 * How well single objects are found. An object of the truth and one of the prediction match where their
 * intersection over union is above a threshold of at least 0.5, so that none has two partners (the Data
 * Science Bowl 2018's counting).
 */
public final class InstanceFigures {
  private final int real;
  private final int predicted;
  /** Of each pair that may match: above 0.5. */
  private final double[] overlaps;

  private InstanceFigures(int real, int predicted, double[] overlaps) {
    this.real = real;
    this.predicted = predicted;
    this.overlaps = overlaps;
  }

  /**
   * Compares two maps of objects.
   *
   * @param prediction a number for each object, 0 for the background; any numbers
   * @param truth the same, in its own numbers
   */
  public static InstanceFigures of(int[] prediction, int[] truth) {
    if (prediction.length != truth.length) {
      throw new IllegalArgumentException(
          "the prediction has " + prediction.length + " elements and the truth " + truth.length);
    }
    Map<Integer, Long> predictedSizes = new HashMap<>();
    Map<Integer, Long> realSizes = new HashMap<>();
    Map<Long, Long> common = new HashMap<>();
    for (int i = 0; i < truth.length; i++) {
      if (prediction[i] != 0) {
        predictedSizes.merge(prediction[i], 1L, Long::sum);
      }
      if (truth[i] != 0) {
        realSizes.merge(truth[i], 1L, Long::sum);
      }
      if (prediction[i] != 0 && truth[i] != 0) {
        common.merge((long) prediction[i] << 32 | truth[i] & 0xFFFF_FFFFL, 1L, Long::sum);
      }
    }
    double[] overlaps =
        common
            .entrySet()
            .stream()
            .mapToDouble(
                pair -> {
                  long union =
                      predictedSizes.getOrDefault((int) (pair.getKey() >> 32), 0L)
                          + realSizes.getOrDefault((int) (long) pair.getKey(), 0L) - pair.getValue();
                  return (double) pair.getValue() / union;
                })
            .filter(overlap -> overlap > 0.5)
            .sorted()
            .toArray();
    return new InstanceFigures(realSizes.size(), predictedSizes.size(), overlaps);
  }

  /** Objects of the truth. */
  public int real() {
    return real;
  }

  /** Objects of the prediction. */
  public int predicted() {
    return predicted;
  }

  /**
   * Pairs whose intersection over union is above the threshold.
   *
   * @param threshold in [0.5, 1)
   */
  public int matches(double threshold) {
    if (!(threshold >= 0.5 && threshold < 1)) {
      throw new IllegalArgumentException(
          "the threshold " + threshold
              + " must be at least 0.5 and below 1: below, an object could match two");
    }
    int matches = 0;
    for (double overlap : overlaps) {
      matches += overlap > threshold ? 1 : 0;
    }
    return matches;
  }

  /** {@code 2TP/(objects of the truth + of the prediction)}; 1 where there are none at all. */
  public double f1(double threshold) {
    int matches = matches(threshold);
    return real + predicted == 0 ? 1 : 2.0 * matches / (real + predicted);
  }

  /** The mean of {@link #f1} over the thresholds 0.5, 0.55, …, 0.95. */
  public double meanF1() {
    double sum = 0;
    for (int percent = 50; percent < 100; percent += 5) {
      sum += f1(percent / 100.0);
    }
    return sum / 10;
  }
}
