package org.swinengine.data;

import java.util.Arrays;

/** Class numbers as rows of numbers, and what is done to those. */
public final class SoftTargets {
  private SoftTargets() {}

  /**
   * Rows with 1 − ε + ε/classes at the label and ε/classes elsewhere: what timm's {@code BinaryCrossEntropy}
   * makes of labels, and {@code Mixup} of pictures that are not mixed.
   *
   * @param labels the first {@code size} count
   * @param smoothing ε in [0, 1]
   * @return {@code [size, classes]}
   */
  public static float[] of(int[] labels, int size, int classes, double smoothing) {
    requireShare(smoothing);
    double off = smoothing / classes;
    float[] targets = new float[size * classes];
    for (int i = 0; i < targets.length; i++) {
      targets[i] = (float) (i % classes == labels[i / classes] ? 1 - smoothing + off : off);
    }
    return targets;
  }

  /**
   * The same of samples that may have several classes, or none: 1 − ε + ε/classes at each of them and
   * ε/classes elsewhere.
   *
   * @param labels the classes of each sample
   * @param smoothing ε in [0, 1]
   * @return {@code [samples, classes]}
   */
  public static float[] ofSets(int[][] labels, int classes, double smoothing) {
    requireShare(smoothing);
    double off = smoothing / classes;
    float[] targets = new float[labels.length * classes];
    Arrays.fill(targets, (float) off);
    for (int i = 0; i < labels.length; i++) {
      for (int label : labels[i]) {
        targets[i * classes + label] = (float) (1 - smoothing + off);
      }
    }
    return targets;
  }

  private static void requireShare(double smoothing) {
    if (!(smoothing >= 0 && smoothing <= 1)) {
      throw new IllegalArgumentException("the smoothing is " + smoothing + ", but must be from 0 to 1");
    }
  }

  /** A yes where a target is above a threshold, else a no: timm's {@code target_threshold}. In place. */
  public static void decide(float[] targets, double threshold) {
    for (int i = 0; i < targets.length; i++) {
      targets[i] = targets[i] > threshold ? 1 : 0;
    }
  }
}
