package org.swinengine.metrics.probe;

import java.util.Arrays;
import java.util.stream.IntStream;

/** Samples of a group that are near another sample: by the cosine of their standardised features. */
final class Neighbours {
  private static final int BLOCK = 64;

  private final float[] features;
  private final int width;
  private final double[] means;
  private final double[] scales;
  private final int[] among;

  /**
   * Of each sample of the group, its standardised features, of length 1; zeros where it has none. {@link
   * #BLOCK} samples together are [feature × sample].
   */
  private final double[] blocks;

  /**
   * @param features [samples × width]
   * @param means of each feature
   * @param scales one over each feature's deviation
   * @param among the group
   */
  Neighbours(float[] features, int width, double[] means, double[] scales, int[] among) {
    this.features = features;
    this.width = width;
    this.means = means;
    this.scales = scales;
    this.among = among;
    int count = (among.length + BLOCK - 1) / BLOCK;
    blocks = new double[Math.multiplyExact(count * BLOCK, width)];
    IntStream.range(0, count).parallel().forEach(this::loadBlock);
  }

  private void loadBlock(int block) {
    double[] row = new double[width];
    int count = Math.min(BLOCK, among.length - block * BLOCK);
    for (int i = 0; i < count; i++) {
      load(among[block * BLOCK + i], row);
      for (int k = 0; k < width; k++) {
        blocks[(block * width + k) * BLOCK + i] = row[k];
      }
    }
  }

  private void load(int sample, double[] out) {
    for (int k = 0; k < width; k++) {
      out[k] = (features[sample * width + k] - means[k]) * scales[k];
    }
    double length = Math.sqrt(dot(out, 0, out, 0, width));
    for (int k = 0; k < width && length > 0; k++) {
      out[k] /= length;
    }
  }

  /**
   * The nearest of the group.
   *
   * @param sample who need not belong to it
   * @param most how many, where there are so many
   * @return the nearest first; of equal ones those that come first in the group
   */
  int[] nearest(int sample, int most) {
    double[] row = new double[width];
    load(sample, row);
    double[] ofBlock = new double[BLOCK];
    int[] nearest = new int[Math.min(most, among.length)];
    double[] cosines = new double[nearest.length];
    int found = 0;
    for (int i = 0; i < among.length; i++) {
      if (i % BLOCK == 0) {
        Arrays.fill(ofBlock, 0);
        RowSums.add(row, 0, width, blocks, i * width, BLOCK, ofBlock, 0);
      }
      double cosine = ofBlock[i % BLOCK];
      if (found == nearest.length && !(cosine > cosines[found - 1])) {
        continue;
      }
      int place = found < nearest.length ? found++ : found - 1;
      for (; place > 0 && cosines[place - 1] < cosine; place--) {
        cosines[place] = cosines[place - 1];
        nearest[place] = nearest[place - 1];
      }
      cosines[place] = cosine;
      nearest[place] = among[i];
    }
    return nearest;
  }

  /** A sum of products; four sums, so that one addition need not wait for the other. */
  static double dot(double[] a, int at, double[] b, int bt, int length) {
    double s0 = 0;
    double s1 = 0;
    double s2 = 0;
    double s3 = 0;
    int i = 0;
    for (; i + 3 < length; i += 4) {
      s0 += a[at + i] * b[bt + i];
      s1 += a[at + i + 1] * b[bt + i + 1];
      s2 += a[at + i + 2] * b[bt + i + 2];
      s3 += a[at + i + 3] * b[bt + i + 3];
    }
    for (; i < length; i++) {
      s0 += a[at + i] * b[bt + i];
    }
    return s0 + s1 + (s2 + s3);
  }
}
