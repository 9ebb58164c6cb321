package org.swinengine.data;

/** Smooths the edges of blocks (RFC 6386, section 15). */
final class Vp8LoopFilter {
  private final boolean simple;
  private final Vp8Plane luma;
  private final Vp8Plane[] chroma;

  Vp8LoopFilter(boolean simple, Vp8Plane luma, Vp8Plane... chroma) {
    this.simple = simple;
    this.luma = luma;
    this.chroma = chroma;
  }

  /**
   * Smooths a macroblock.
   *
   * @param strength level, interior limit and threshold of high variance in eight bits each
   * @param inner whether the edges of its blocks are smoothed too
   */
  void apply(int column, int row, int strength, boolean inner) {
    int level = strength & 255;
    int interior = strength >> 8 & 255;
    int variance = strength >> 16;
    int limit = 2 * level + interior;
    for (boolean across : new boolean[] {true, false}) {
      boolean hasNeighbour = across ? column > 0 : row > 0;
      if (hasNeighbour) {
        edge(luma, 16 * column, 16 * row, across, 16, limit + 4, interior, variance, true);
      }
      for (int i = 4; inner && i < 16; i += 4) {
        int x = 16 * column + (across ? i : 0);
        int y = 16 * row + (across ? 0 : i);
        edge(luma, x, y, across, 16, limit, interior, variance, false);
      }
      for (Vp8Plane plane : chroma) {
        if (simple) {
          continue;
        }
        if (hasNeighbour) {
          edge(plane, 8 * column, 8 * row, across, 8, limit + 4, interior, variance, true);
        }
        if (inner) {
          int x = 8 * column + (across ? 4 : 0);
          int y = 8 * row + (across ? 0 : 4);
          edge(plane, x, y, across, 8, limit, interior, variance, false);
        }
      }
    }
  }

  private void edge(
      Vp8Plane plane, int x, int y, boolean across, int length, int limit, int interior, int variance,
      boolean wide) {
    int step = across ? 1 : plane.stride;
    int along = across ? plane.stride : 1;
    int at = plane.index(x, y);
    int threshold = 2 * limit + 1;
    for (int i = 0; i < length; i++, at += along) {
      int p1 = plane.at(at - 2 * step);
      int p0 = plane.at(at - step);
      int q0 = plane.at(at);
      int q1 = plane.at(at + step);
      if (4 * Math.abs(p0 - q0) + Math.abs(p1 - q1) > threshold) {
        continue;
      }
      if (simple) {
        two(plane, at, step, p1, p0, q0, q1);
        continue;
      }
      int p2 = plane.at(at - 3 * step);
      int q2 = plane.at(at + 2 * step);
      if (Math.abs(plane.at(at - 4 * step) - p2) > interior
          || Math.abs(p2 - p1) > interior
          || Math.abs(p1 - p0) > interior
          || Math.abs(plane.at(at + 3 * step) - q2) > interior
          || Math.abs(q2 - q1) > interior
          || Math.abs(q1 - q0) > interior) {
        continue;
      }
      if (Math.abs(p1 - p0) > variance || Math.abs(q1 - q0) > variance) {
        two(plane, at, step, p1, p0, q0, q1);
      } else if (wide) {
        int a = signed(3 * (q0 - p0) + signed(p1 - q1));
        int near = 27 * a + 63 >> 7;
        int middle = 18 * a + 63 >> 7;
        int far = 9 * a + 63 >> 7;
        plane.set(at - 3 * step, p2 + far);
        plane.set(at - 2 * step, p1 + middle);
        plane.set(at - step, p0 + near);
        plane.set(at, q0 - near);
        plane.set(at + step, q1 - middle);
        plane.set(at + 2 * step, q2 - far);
      } else {
        int a = 3 * (q0 - p0);
        int upper = small(a + 4 >> 3);
        int outer = upper + 1 >> 1;
        plane.set(at - 2 * step, p1 + outer);
        plane.set(at - step, p0 + small(a + 3 >> 3));
        plane.set(at, q0 - upper);
        plane.set(at + step, q1 - outer);
      }
    }
  }

  private static void two(Vp8Plane plane, int at, int step, int p1, int p0, int q0, int q1) {
    int a = 3 * (q0 - p0) + signed(p1 - q1);
    plane.set(at - step, p0 + small(a + 3 >> 3));
    plane.set(at, q0 - small(a + 4 >> 3));
  }

  private static int signed(int value) {
    return Math.max(-128, Math.min(127, value));
  }

  private static int small(int value) {
    return Math.max(-16, Math.min(15, value));
  }
}
