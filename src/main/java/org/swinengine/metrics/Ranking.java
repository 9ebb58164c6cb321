package org.swinengine.metrics;

import java.util.Arrays;

/**
 * Samples in the order of a score, the highest first, those of equal scores beside one another in their own
 * order. Scores that are not a number come last.
 */
final class Ranking {
  /** Samples in order. */
  final int[] order;

  /** For each place, the place after the last of the same score. */
  final int[] ends;

  Ranking(double[] scores) {
    int n = scores.length;
    double[] sorted = new double[n];
    for (int i = 0; i < n; i++) {
      // 0 makes -0 of 0 and its opposite one.
      sorted[i] = Double.isNaN(scores[i]) ? Double.POSITIVE_INFINITY : 0 - scores[i];
    }
    double[] keys = sorted.clone();
    Arrays.sort(sorted);
    order = new int[n];
    ends = new int[n];
    int[] filled = new int[n];
    for (int i = 0; i < n; i++) {
      int start = lowest(sorted, keys[i]);
      order[start + filled[start]++] = i;
    }
    for (int start = 0; start < n; start = ends[start]) {
      Arrays.fill(ends, start, start + filled[start], start + filled[start]);
    }
  }

  private static int lowest(double[] sorted, double key) {
    int low = 0;
    int high = sorted.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (sorted[middle] < key) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
