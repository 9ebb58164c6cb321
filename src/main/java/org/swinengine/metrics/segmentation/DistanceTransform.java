package org.swinengine.metrics.segmentation;

/**
 * The exact Euclidean distance transform: lower envelopes of parabolas, one axis after the other
 * (Felzenszwalb and Huttenlocher, "Distance Transforms of Sampled Functions", 2012). The numbers are those
 * of {@code scipy.ndimage.distance_transform_edt(mask, sampling)}: exactly where the spacing is 1, to the
 * last bits elsewhere.
 */
public final class DistanceTransform {
  private DistanceTransform() {}

  /**
   * The distance of each element to the nearest one that is false: 0 there, infinite everywhere where all are
   * true.
   *
   * @param mask of {@link Grid#elements} elements
   */
  public static double[] of(boolean[] mask, Grid grid) {
    grid.check(mask.length, "the mask");
    double[] squares = new double[mask.length];
    for (int i = 0; i < mask.length; i++) {
      squares[i] = mask[i] ? Double.POSITIVE_INFINITY : 0;
    }
    int plane = grid.height() * grid.width();
    Line rows = new Line(grid.width(), grid.spacingWidth());
    for (int start = 0; start < mask.length; start += grid.width()) {
      rows.transform(squares, start, 1);
    }
    Line columns = new Line(grid.height(), grid.spacingHeight());
    for (int slice = 0; slice < grid.depth(); slice++) {
      for (int x = 0; x < grid.width(); x++) {
        columns.transform(squares, slice * plane + x, grid.width());
      }
    }
    if (grid.depth() > 1) {
      Line depths = new Line(grid.depth(), grid.spacingDepth());
      for (int at = 0; at < plane; at++) {
        depths.transform(squares, at, plane);
      }
    }
    for (int i = 0; i < squares.length; i++) {
      squares[i] = Math.sqrt(squares[i]);
    }
    return squares;
  }

  /**
   * Signed distances of a mask as the boundary loss takes them (Kervadec et al. 2019, whose code subtracts 1
   * inside): outside the distance to the mask, inside 1 less the distance to what is outside; 0 everywhere
   * where the mask is empty.
   */
  public static float[] signed(boolean[] mask, Grid grid) {
    float[] signed = new float[mask.length];
    if (isEmpty(mask)) {
      return signed;
    }
    double[] toMask = of(inverted(mask), grid);
    double[] toOutside = of(mask, grid);
    for (int i = 0; i < mask.length; i++) {
      double inner = Double.isInfinite(toOutside[i]) ? 1 : toOutside[i];
      signed[i] = (float) (mask[i] ? 1 - inner : toMask[i]);
    }
    return signed;
  }

  /** Working memory for the lines along an axis. */
  private static final class Line {
    private final int length;
    private final double spacing;
    private final double[] heights;
    private final int[] sites;
    private final double[] from;

    Line(int length, double spacing) {
      this.length = length;
      this.spacing = spacing;
      heights = new double[length];
      sites = new int[length];
      from = new double[length];
    }

    /** Replaces f(q) by min over p of f(p) + (spacing·(q − p))². */
    void transform(double[] values, int start, int stride) {
      int count = 0;
      for (int q = 0; q < length; q++) {
        double height = values[start + q * stride];
        heights[q] = height;
        if (height == Double.POSITIVE_INFINITY) {
          continue;
        }
        double meets = Double.NEGATIVE_INFINITY;
        while (count > 0) {
          meets = intersection(sites[count - 1], q);
          if (meets > from[count - 1]) {
            break;
          }
          count--;
        }
        from[count] = count == 0 ? Double.NEGATIVE_INFINITY : meets;
        sites[count] = q;
        count++;
      }
      if (count == 0) {
        return;
      }
      int at = 0;
      for (int q = 0; q < length; q++) {
        while (at + 1 < count && from[at + 1] < q * spacing) {
          at++;
        }
        double away = (q - sites[at]) * spacing;
        values[start + q * stride] = heights[sites[at]] + away * away;
      }
    }

    /** Where the parabola over q gets below that over p, p &lt; q; in units of distance. */
    private double intersection(int p, int q) {
      double x = p * spacing;
      double y = q * spacing;
      return (heights[q] + y * y - (heights[p] + x * x)) / (2 * (y - x));
    }
  }

  /** Whether all are false. */
  static boolean isEmpty(boolean[] mask) {
    for (boolean inside : mask) {
      if (inside) {
        return false;
      }
    }
    return true;
  }

  static boolean[] inverted(boolean[] mask) {
    boolean[] inverted = new boolean[mask.length];
    for (int i = 0; i < mask.length; i++) {
      inverted[i] = !mask[i];
    }
    return inverted;
  }
}
