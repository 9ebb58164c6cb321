package org.swinengine.backend.cpu.simd;

/**
 * The order in which the elements of a row are summed, the same on every machine: element c goes to lane c
 * mod 16, in ascending order, and the lanes are folded in halves.
 */
public final class LaneSums {
  /** Lanes of a sum: one 512-bit, two 256-bit or four 128-bit vectors of floats. */
  public static final int COUNT = 16;

  private LaneSums() {}

  /** The sum of the lanes at {@code at}: halves, quarters, eighths. */
  public static float fold(float[] lanes, int at) {
    return (quarter(lanes, at) + quarter(lanes, at + 2)) + (quarter(lanes, at + 1) + quarter(lanes, at + 3));
  }

  private static float quarter(float[] lanes, int i) {
    return (lanes[i] + lanes[i + 8]) + (lanes[i + 4] + lanes[i + 12]);
  }

  /** The sum of the lanes. */
  public static double fold(double[] lanes) {
    return (quarter(lanes, 0) + quarter(lanes, 2)) + (quarter(lanes, 1) + quarter(lanes, 3));
  }

  private static double quarter(double[] lanes, int i) {
    return (lanes[i] + lanes[i + 8]) + (lanes[i + 4] + lanes[i + 12]);
  }
}
