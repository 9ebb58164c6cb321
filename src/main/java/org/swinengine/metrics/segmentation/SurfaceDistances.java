package org.swinengine.metrics.segmentation;

import java.util.Arrays;

/**
 * Distances between the surfaces of two masks, both not empty, as medpy defines them: the surface are the
 * elements that an erosion takes away whose structure is the element and its neighbours along the axes (4 in
 * a plane, 6 in a volume; beyond the edge is background), and each element of one surface is as far from the
 * other as from its nearest element. In the unit of the grid's spacing.
 */
public final class SurfaceDistances {
  private final double[] fromFirst;
  private final double[] fromSecond;

  private SurfaceDistances(double[] fromFirst, double[] fromSecond) {
    this.fromFirst = fromFirst;
    this.fromSecond = fromSecond;
  }

  /** @throws IllegalArgumentException if one of the masks is empty: it has no surface */
  public static SurfaceDistances between(boolean[] first, boolean[] second, Grid grid) {
    grid.check(first.length, "the first mask");
    grid.check(second.length, "the second mask");
    if (DistanceTransform.isEmpty(first) || DistanceTransform.isEmpty(second)) {
      throw new IllegalArgumentException("an empty mask has no surface, so no distance from one");
    }
    boolean[] firstSurface = surface(first, grid);
    boolean[] secondSurface = surface(second, grid);
    return new SurfaceDistances(
        distances(firstSurface, secondSurface, grid), distances(secondSurface, firstSurface, grid));
  }

  private static double[] distances(boolean[] from, boolean[] to, Grid grid) {
    double[] transform = DistanceTransform.of(DistanceTransform.inverted(to), grid);
    int count = 0;
    for (int i = 0; i < from.length; i++) {
      if (from[i]) {
        transform[count++] = transform[i];
      }
    }
    return Arrays.copyOf(transform, count);
  }

  /** The elements of the mask that have a neighbour along an axis outside of it. */
  static boolean[] surface(boolean[] mask, Grid grid) {
    boolean[] surface = new boolean[mask.length];
    int width = grid.width();
    int plane = grid.height() * width;
    for (int i = 0; i < mask.length; i++) {
      if (!mask[i]) {
        continue;
      }
      int x = i % width;
      int y = i / width % grid.height();
      int z = i / plane;
      surface[i] =
          x == 0 || x == width - 1 || !mask[i - 1] || !mask[i + 1]
              || y == 0 || y == grid.height() - 1 || !mask[i - width] || !mask[i + width]
              || grid.volume()
                  && (z == 0 || z == grid.depth() - 1 || !mask[i - plane] || !mask[i + plane]);
    }
    return surface;
  }

  /** The largest distance: Hausdorff's; medpy's {@code hd}. */
  public double hausdorff() {
    return Math.max(
        Arrays.stream(fromFirst).max().orElseThrow(), Arrays.stream(fromSecond).max().orElseThrow());
  }

  /**
   * A percentile of the distances in both directions together, linear between neighbours; with 95 it is
   * medpy's {@code hd95}.
   *
   * @param percent in [0, 100]
   */
  public double percentile(double percent) {
    double[] all = Arrays.copyOf(fromFirst, fromFirst.length + fromSecond.length);
    System.arraycopy(fromSecond, 0, all, fromFirst.length, fromSecond.length);
    Arrays.sort(all);
    double place = percent / 100 * (all.length - 1);
    int below = (int) place;
    double above = all[Math.min(below + 1, all.length - 1)];
    double share = place - below;
    double step = above - all[below];
    // NumPy's two formulas, each exact at its end.
    return share < 0.5 ? all[below] + step * share : above - step * (1 - share);
  }

  /** The mean of both directions' means: medpy's {@code assd}. */
  public double averageSymmetric() {
    return (Arrays.stream(fromFirst).average().orElseThrow()
        + Arrays.stream(fromSecond).average().orElseThrow()) / 2;
  }
}
