package org.swinengine.metrics;

import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ArrayList;

/**
 * Samples in two halves, so that what is fitted on one can be measured on the other. Groups stay whole, and
 * the groups of each class (that of a group's first sample) are dealt out in turns; in which order, is a
 * function of their places alone.
 */
final class Halves {
  private Halves() {}

  /** The samples of both halves, in their order; one is empty where there are less than two groups. */
  static int[][] of(Predictions predictions) {
    int[] numbers = predictions.groups();
    Map<Integer, List<Integer>> groups = new LinkedHashMap<>();
    for (int i = 0; i < predictions.size(); i++) {
      groups.computeIfAbsent(numbers == null ? i : numbers[i], number -> new ArrayList<>()).add(i);
    }
    List<List<Integer>> dealt = new ArrayList<>(groups.values());
    dealt.sort(
        Comparator.<List<Integer>>comparingInt(group -> predictions.label(group.get(0)))
            .thenComparingLong(group -> mixed(group.get(0))));
    boolean[] second = new boolean[predictions.size()];
    for (int g = 1; g < dealt.size(); g += 2) {
      dealt.get(g).forEach(i -> second[i] = true);
    }
    int[] all = new int[second.length];
    Arrays.setAll(all, i -> i);
    return new int[][] {
      Arrays.stream(all).filter(i -> !second[i]).toArray(),
      Arrays.stream(all).filter(i -> second[i]).toArray()
    };
  }

  /** The finalizer of SplitMix64 (Steele et al., 2014), one to one. */
  private static long mixed(long place) {
    long z = (place + 1) * 0x9E3779B97F4A7C15L;
    z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
    z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
    return z ^ z >>> 31;
  }
}
