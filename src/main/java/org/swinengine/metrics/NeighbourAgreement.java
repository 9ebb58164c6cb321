package org.swinengine.metrics;

import java.util.Arrays;
import java.util.stream.IntStream;

/** Whether samples that look alike have the same label: a second opinion on labels. */
public final class NeighbourAgreement {
  private NeighbourAgreement() {}

  /**
   * For each sample, the share of its nearest others that have its label. Nearness is the cosine of features;
   * of equal ones the lower number comes first. Takes samples² × width multiplications.
   *
   * @param features [samples × width], of a model that need not know the labels
   * @param labels of each sample
   * @param neighbours how many others to ask, at least 1; all where there are fewer
   */
  public static double[] of(float[] features, int[] labels, int neighbours) {
    int n = labels.length;
    if (neighbours < 1 || n == 0 || features.length % n != 0) {
      throw new IllegalArgumentException(
          "`neighbours` is " + neighbours + " for " + features.length + " features of " + n
              + " samples, but must be at least 1, and the features as many for each sample");
    }
    int width = features.length / n;
    double[] lengths = new double[n];
    Arrays.setAll(lengths, i -> StrictMath.sqrt(dot(features, i, i, width)));
    double[] agreement = new double[n];
    IntStream.range(0, n).parallel().forEach(
        i -> agreement[i] = agreement(features, width, lengths, labels, i, Math.min(neighbours, n - 1)));
    return agreement;
  }

  private static double agreement(
      float[] features, int width, double[] lengths, int[] labels, int sample, int neighbours) {
    double[] nearness = new double[labels.length];
    Arrays.setAll(nearness, other -> {
      double length = lengths[sample] * lengths[other];
      double cosine = length == 0 ? 0 : dot(features, sample, other, width) / length;
      return other == sample ? Double.NEGATIVE_INFINITY : cosine;
    });
    int[] order = new Ranking(nearness).order;
    int same = 0;
    for (int place = 0; place < neighbours; place++) {
      same += labels[order[place]] == labels[sample] ? 1 : 0;
    }
    return neighbours == 0 ? Double.NaN : (double) same / neighbours;
  }

  private static double dot(float[] features, int one, int other, int width) {
    double sum = 0;
    for (int k = 0; k < width; k++) {
      sum += (double) features[one * width + k] * features[other * width + k];
    }
    return sum;
  }
}
