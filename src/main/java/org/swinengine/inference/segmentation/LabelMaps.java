package org.swinengine.inference.segmentation;

import org.swinengine.data.segmentation.ClassSets;
import org.swinengine.metrics.segmentation.LabelKind;

/** From logits to classes. */
final class LabelMaps {
  /** What the largest probability below 1 lacks. */
  private static final double LEAST = 0x1p-53;

  private LabelMaps() {}

  /**
   * The class of each pixel whose logit is the largest, of equal ones the lowest.
   *
   * @param logits planes of the classes, one after the other
   * @param from index of the first
   */
  static byte[] first(float[] logits, int from, int classes, int pixels) {
    byte[] map = new byte[pixels];
    for (int i = 0; i < pixels; i++) {
      int best = 0;
      for (int c = 1; c < classes; c++) {
        if (logits[from + c * pixels + i] > logits[from + best * pixels + i]) {
          best = c;
        }
      }
      map[i] = (byte) best;
    }
    return map;
  }

  /** What logits say of pixels. */
  static byte[] of(LabelKind kind, float[] logits, int from, int classes, int pixels) {
    return kind == LabelKind.SETS
        ? sets(logits, from, classes, pixels)
        : first(logits, from, classes, pixels);
  }

  /**
   * All classes of each pixel whose probability is above a half: whose logit is positive.
   *
   * @param logits planes of the classes, one after the other
   * @param from index of the first
   * @return {@link ClassSets}
   */
  static byte[] sets(float[] logits, int from, int classes, int pixels) {
    int width = ClassSets.bytes(classes);
    byte[] map = new byte[Math.multiplyExact(width, pixels)];
    for (int i = 0; i < pixels; i++) {
      int set = 0;
      for (int c = 0; c < classes; c++) {
        set |= logits[from + c * pixels + i] > 0 ? 1 << c : 0;
      }
      ClassSets.put(map, width, i, set);
    }
    return map;
  }

  /** Labels from a map as it is kept. */
  static void unpack(LabelKind kind, byte[] map, int pixels, int[] labels, int offset) {
    int width = map.length / pixels;
    for (int i = 0; i < pixels; i++) {
      labels[offset + i] = kind == LabelKind.SETS ? ClassSets.at(map, width, i) : map[i] & 255;
    }
  }

  /** The way back. */
  static void pack(LabelKind kind, int[] labels, int offset, int pixels, byte[] map) {
    int width = map.length / pixels;
    for (int i = 0; i < pixels; i++) {
      if (kind == LabelKind.SETS) {
        ClassSets.put(map, width, i, labels[offset + i]);
      } else {
        map[i] = (byte) labels[offset + i];
      }
    }
  }

  /**
   * Adds a model's probabilities.
   *
   * @param logits planes of the classes
   * @param sums receives them, likewise
   */
  static void addProbabilities(
      LabelKind kind, float[] logits, int classes, int pixels, double[] sums) {
    if (kind == LabelKind.NUMBERS) {
      addProbabilities(logits, classes, pixels, sums);
      return;
    }
    for (int i = 0; i < sums.length; i++) {
      sums[i] += 1 / (1 + StrictMath.exp(-(double) logits[i]));
    }
  }

  /**
   * Logits of mean probabilities: their logarithms, or those of yes to no, which are as far from 0 at most as
   * a probability can be from 1, on both sides, so that resizing them moves no edge.
   */
  static float[] logits(LabelKind kind, double[] sums, int count) {
    float[] logits = new float[sums.length];
    for (int i = 0; i < sums.length; i++) {
      double p = sums[i] / count;
      if (kind == LabelKind.SETS) {
        p = Math.max(LEAST, Math.min(1 - LEAST, p));
        logits[i] = (float) StrictMath.log(p / (1 - p));
      } else {
        logits[i] = (float) StrictMath.log(p);
      }
    }
    return logits;
  }

  private static void addProbabilities(float[] logits, int classes, int pixels, double[] sums) {
    double[] powers = new double[classes];
    for (int i = 0; i < pixels; i++) {
      double most = Double.NEGATIVE_INFINITY;
      for (int c = 0; c < classes; c++) {
        most = Math.max(most, logits[c * pixels + i]);
      }
      double sum = 0;
      for (int c = 0; c < classes; c++) {
        powers[c] = StrictMath.exp(logits[c * pixels + i] - most);
        sum += powers[c];
      }
      for (int c = 0; c < classes; c++) {
        sums[c * pixels + i] += powers[c] / sum;
      }
    }
  }

  /**
   * Planes in another size, bilinearly between the middles of pixels (PyTorch's {@code interpolate} without
   * aligned corners).
   */
  static float[] resize(float[] planes, int count, int height, int width, int toHeight, int toWidth) {
    if (height == toHeight && width == toWidth) {
      return planes;
    }
    float[] resized = new float[Math.multiplyExact(count, Math.multiplyExact(toHeight, toWidth))];
    for (int y = 0; y < toHeight; y++) {
      double row = Math.max(0, (y + 0.5) * height / toHeight - 0.5);
      int top = (int) row;
      int bottom = Math.min(top + 1, height - 1);
      float down = (float) (row - top);
      for (int x = 0; x < toWidth; x++) {
        double column = Math.max(0, (x + 0.5) * width / toWidth - 0.5);
        int left = (int) column;
        int right = Math.min(left + 1, width - 1);
        float across = (float) (column - left);
        for (int c = 0; c < count; c++) {
          int plane = c * height * width;
          float upper =
              planes[plane + top * width + left] * (1 - across)
                  + planes[plane + top * width + right] * across;
          float lower =
              planes[plane + bottom * width + left] * (1 - across)
                  + planes[plane + bottom * width + right] * across;
          resized[(c * toHeight + y) * toWidth + x] = upper * (1 - down) + lower * down;
        }
      }
    }
    return resized;
  }
}
