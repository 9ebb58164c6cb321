package org.swinengine.data.webp;

/** Smooths the edges of blocks (RFC 6386, section 15). */
final class LoopFilter {
  private final boolean simple;
  private final Plane luma;
  private final Plane[] chroma;

  private int limit;
  private int interior;
  private int variance;

  LoopFilter(boolean simple, Plane luma, Plane... chroma) {
    this.simple = simple;
    this.luma = luma;
    this.chroma = chroma;
  }

  /** Level, interior limit and threshold of high variance in eight bits each; 0 smooths nothing. */
  static int strength(int level, int sharpness) {
    if (level == 0) {
      return 0;
    }
    int interior = level;
    if (sharpness > 0) {
      interior = Math.min(interior >> (sharpness > 4 ? 2 : 1), 9 - sharpness);
    }
    int variance = level >= 40 ? 2 : level >= 15 ? 1 : 0;
    return level | Math.max(1, interior) << 8 | variance << 16;
  }

  /**
   * Smooths a macroblock of the row that was decoded last.
   *
   * @param first whether it is in the first row
   * @param strength see {@link #strength}
   * @param inner whether the edges of its blocks are smoothed too
   */
  void apply(int column, boolean first, int strength, boolean inner) {
    interior = strength >> 8 & 255;
    variance = strength >> 16;
    limit = 2 * (2 * (strength & 255) + interior) + 1;
    edges(luma, column, column > 0, inner, true);
    if (!simple) {
      for (Plane plane : chroma) {
        edges(plane, column, column > 0, inner, true);
      }
    }
    edges(luma, column, !first, inner, false);
    if (!simple) {
      for (Plane plane : chroma) {
        edges(plane, column, !first, inner, false);
      }
    }
  }

  /** All edges of a direction. */
  private void edges(Plane plane, int column, boolean hasNeighbour, boolean inner, boolean upright) {
    int start = plane.smoothedIndex(column * plane.size, 0);
    int step = upright ? 1 : plane.stride;
    int along = upright ? plane.stride : 1;
    for (int i = 0; i < plane.size; i += 4) {
      if (i == 0 ? !hasNeighbour : !inner) {
        continue;
      }
      if (simple) {
        simple(plane.smoothed, start + i * step, step, along, i == 0 ? limit + 8 : limit);
      } else {
        normal(plane, start + i * step, step, along, i == 0);
      }
    }
  }

  private static void simple(byte[] data, int at, int step, int along, int threshold) {
    for (int i = 0; i < 16; i++, at += along) {
      int p1 = data[at - 2 * step] & 255;
      int p0 = data[at - step] & 255;
      int q0 = data[at] & 255;
      int q1 = data[at + step] & 255;
      if (4 * Math.abs(p0 - q0) + Math.abs(p1 - q1) <= threshold) {
        two(data, at, step, p1, p0, q0, q1);
      }
    }
  }

  private void normal(Plane plane, int at, int step, int along, boolean outer) {
    byte[] data = plane.smoothed;
    int threshold = outer ? limit + 8 : limit;
    for (int i = 0; i < plane.size; i++, at += along) {
      int p1 = data[at - 2 * step] & 255;
      int p0 = data[at - step] & 255;
      int q0 = data[at] & 255;
      int q1 = data[at + step] & 255;
      if (4 * Math.abs(p0 - q0) + Math.abs(p1 - q1) > threshold) {
        continue;
      }
      int p2 = data[at - 3 * step] & 255;
      int q2 = data[at + 2 * step] & 255;
      if (Math.abs((data[at - 4 * step] & 255) - p2) > interior
          || Math.abs(p2 - p1) > interior
          || Math.abs(p1 - p0) > interior
          || Math.abs((data[at + 3 * step] & 255) - q2) > interior
          || Math.abs(q2 - q1) > interior
          || Math.abs(q1 - q0) > interior) {
        continue;
      }
      if (Math.abs(p1 - p0) > variance || Math.abs(q1 - q0) > variance) {
        two(data, at, step, p1, p0, q0, q1);
      } else if (outer) {
        int a = signed(3 * (q0 - p0) + signed(p1 - q1));
        int near = 27 * a + 63 >> 7;
        int middle = 18 * a + 63 >> 7;
        int far = 9 * a + 63 >> 7;
        data[at - 3 * step] = Pixels.level(p2 + far);
        data[at - 2 * step] = Pixels.level(p1 + middle);
        data[at - step] = Pixels.level(p0 + near);
        data[at] = Pixels.level(q0 - near);
        data[at + step] = Pixels.level(q1 - middle);
        data[at + 2 * step] = Pixels.level(q2 - far);
      } else {
        int a = 3 * (q0 - p0);
        int upper = small(a + 4 >> 3);
        int outside = upper + 1 >> 1;
        data[at - 2 * step] = Pixels.level(p1 + outside);
        data[at - step] = Pixels.level(p0 + small(a + 3 >> 3));
        data[at] = Pixels.level(q0 - upper);
        data[at + step] = Pixels.level(q1 - outside);
      }
    }
  }

  private static void two(byte[] data, int at, int step, int p1, int p0, int q0, int q1) {
    int a = 3 * (q0 - p0) + signed(p1 - q1);
    data[at - step] = Pixels.level(p0 + small(a + 3 >> 3));
    data[at] = Pixels.level(q0 - small(a + 4 >> 3));
  }

  private static int signed(int value) {
    return Math.max(-128, Math.min(127, value));
  }

  private static int small(int value) {
    return Math.max(-16, Math.min(15, value));
  }
}
