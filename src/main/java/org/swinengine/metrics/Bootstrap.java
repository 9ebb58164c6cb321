package org.swinengine.metrics;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Intervals by the percentile bootstrap (Efron, 1979): a figure is computed again for draws of as many groups
 * as there are, with repetition, and the middle 95 % of what comes out is the interval. Samples of one group
 * are drawn together, because they say less than as many independent ones.
 *
 * <p>A draw gives each sample a weight: how often its group was drawn. The weights are a function of (seed,
 * draw, position) alone.
 */
public final class Bootstrap {
  /** Draws that are computed side by side. */
  static final int LANES = 16;

  private static final double TAIL = 0.025;

  private final int samples;
  private final int groups;

  /** Group of each sample, from 0; null: the sample's own number. */
  private final int @Nullable [] groupOf;

  private final long seed;

  /**
   * @param samples number of samples
   * @param groupNumbers group of each, any numbers; null: one group a sample
   * @param seed of the draws
   */
  public Bootstrap(int samples, int @Nullable [] groupNumbers, long seed) {
    this.samples = samples;
    this.seed = seed;
    if (groupNumbers == null) {
      groupOf = null;
      groups = samples;
    } else {
      Map<Integer, Integer> places = new HashMap<>();
      int[] of = new int[samples];
      for (int i = 0; i < samples; i++) {
        of[i] = places.computeIfAbsent(groupNumbers[i], number -> places.size());
      }
      groupOf = of;
      groups = places.size();
    }
  }

  /** Number of groups. */
  public int groups() {
    return groups;
  }

  /**
   * The weights of a draw.
   *
   * @param draw from 0
   */
  public int[] weights(int draw) {
    int[] ofGroups = new int[groups];
    for (int position = 0; position < groups; position++) {
      ofGroups[drawn(draw, position)]++;
    }
    if (groupOf == null) {
      return ofGroups;
    }
    int[] weights = new int[samples];
    Arrays.setAll(weights, i -> ofGroups[groupOf[i]]);
    return weights;
  }

  /** The weights of {@link #LANES} draws, those of a sample beside one another. */
  int[] lanes(int firstDraw) {
    int[] lanes = new int[samples * LANES];
    for (int lane = 0; lane < LANES; lane++) {
      int[] weights = weights(firstDraw + lane);
      for (int i = 0; i < samples; i++) {
        lanes[i * LANES + lane] = weights[i];
      }
    }
    return lanes;
  }

  /** SplitMix64 (Steele et al., 2014) of the counter; its bias is below 2⁻³². */
  private int drawn(int draw, int position) {
    long z = seed * 0xD1342543DE82EF95L + ((long) draw << 32 | position) * 0x9E3779B97F4A7C15L;
    z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
    z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
    z ^= z >>> 31;
    return (int) Math.multiplyHigh(z >>> 1, (long) groups << 1);
  }

  /**
   * The figure with its interval: the 2.5th and the 97.5th percentile of the draws, interpolated as numpy
   * does. Draws without an answer are left out; NaN if those are half of them or more.
   *
   * @param value the figure of the samples themselves
   * @param drawn the figure of each draw
   */
  static Figure figure(String key, double value, double[] drawn) {
    double[] finite = Arrays.stream(drawn).filter(Double::isFinite).sorted().toArray();
    boolean enough = Double.isFinite(value) && finite.length > drawn.length / 2;
    return new Figure(
        key, value, enough ? percentile(finite, TAIL) : Double.NaN,
        enough ? percentile(finite, 1 - TAIL) : Double.NaN);
  }

  private static double percentile(double[] sorted, double share) {
    double place = share * (sorted.length - 1);
    int below = (int) place;
    double above = sorted[Math.min(below + 1, sorted.length - 1)];
    return sorted[below] + (above - sorted[below]) * (place - below);
  }

  /** A figure of weighted samples. */
  @FunctionalInterface
  public interface OfWeights {
    /**
     * @param weights of each sample, 0 or more
     */
    double of(int[] weights);
  }

  /**
   * The weighted mean of what is a number, of each of several figures.
   *
   * @param values of each figure, by its key, one for each sample; NaN counts nowhere
   * @param draws at least 1
   */
  public List<Figure> means(Map<String, double[]> values, int draws) {
    List<double[]> all = List.copyOf(values.values());
    double[][] drawn = new double[all.size()][draws];
    for (int draw = 0; draw < draws; draw++) {
      int[] weights = weights(draw);
      for (int f = 0; f < drawn.length; f++) {
        drawn[f][draw] = mean(all.get(f), weights);
      }
    }
    int[] once = new int[samples];
    Arrays.fill(once, 1);
    List<Figure> figures = new ArrayList<>();
    for (String key : values.keySet()) {
      int at = figures.size();
      figures.add(figure(key, mean(all.get(at), once), drawn[at]));
    }
    return figures;
  }

  private static double mean(double[] values, int[] weights) {
    double sum = 0;
    long count = 0;
    for (int i = 0; i < values.length; i++) {
      if (!Double.isNaN(values[i])) {
        sum += weights[i] * values[i];
        count += weights[i];
      }
    }
    return count == 0 ? Double.NaN : sum / count;
  }

  /**
   * The interval of any figure.
   *
   * @param draws at least 1
   */
  public Figure figure(String key, OfWeights figure, int draws) {
    int[] once = new int[samples];
    Arrays.fill(once, 1);
    double[] drawn = new double[draws];
    Arrays.setAll(drawn, draw -> figure.of(weights(draw)));
    return figure(key, figure.of(once), drawn);
  }
}
