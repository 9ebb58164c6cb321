package org.swinengine.backend.cpu;

/**
 * The order in which the elements of a row are summed, the same on every machine: element c goes to lane c mod 16, in
 * ascending order, and the lanes are folded in halves.
 */
final class LaneSums {
  /** Lanes of a sum: one 512-bit, two 256-bit or four 128-bit vectors of floats. */
  static final int COUNT = 16;

  private LaneSums() {}

  /** The sum of the lanes at {@code at}; destroys them. */
  static float fold(float[] lanes, int at) {
    for (int width = COUNT / 2; width > 0; width /= 2) {
      for (int i = at; i < at + width; i++) {
        lanes[i] += lanes[i + width];
      }
    }
    return lanes[at];
  }

  /** The sum of the lanes; destroys them. */
  static double fold(double[] lanes) {
    for (int width = COUNT / 2; width > 0; width /= 2) {
      for (int i = 0; i < width; i++) {
        lanes[i] += lanes[i + width];
      }
    }
    return lanes[0];
  }
}
