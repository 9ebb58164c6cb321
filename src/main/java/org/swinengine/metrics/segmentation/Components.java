package org.swinengine.metrics.segmentation;

import java.util.Arrays;

/**
 * Connected components of a mask, numbered from 1 in the order of their first elements, as {@code
 * scipy.ndimage.label} and {@code skimage.measure.label} do.
 */
public final class Components {
  /** Which elements are neighbours. */
  public enum Neighbours {
    /** Along the axes: 4 in a plane, 6 in a volume. */
    FACES,
    /** Over edges and corners too: 8 in a plane, 26 in a volume. */
    CORNERS
  }

  private final int[] labels;
  private final long[] sizes;

  private Components(int[] labels, long[] sizes) {
    this.labels = labels;
    this.sizes = sizes;
  }

  /** Finds them. */
  public static Components of(boolean[] mask, Grid grid, Neighbours neighbours) {
    grid.check(mask.length, "the mask");
    int[] parents = new int[mask.length];
    int width = grid.width();
    int plane = grid.height() * width;
    for (int i = 0; i < mask.length; i++) {
      parents[i] = i;
      if (mask[i]) {
        join(parents, mask, grid, i, neighbours, i / plane, i / width % grid.height(), i % width);
      }
    }
    int[] labels = new int[mask.length];
    int count = 0;
    for (int i = 0; i < mask.length; i++) {
      if (mask[i]) {
        int root = root(parents, i);
        labels[i] = root == i ? ++count : labels[root];
      }
    }
    long[] sizes = new long[count];
    for (int label : labels) {
      if (label > 0) {
        sizes[label - 1]++;
      }
    }
    return new Components(labels, sizes);
  }

  /** With the neighbours that come before it. */
  private static void join(
      int[] parents, boolean[] mask, Grid grid, int i, Neighbours neighbours, int z, int y, int x) {
    int width = grid.width();
    int plane = grid.height() * width;
    if (neighbours == Neighbours.FACES) {
      if (x > 0 && mask[i - 1]) {
        union(parents, i, i - 1);
      }
      if (y > 0 && mask[i - width]) {
        union(parents, i, i - width);
      }
      if (z > 0 && mask[i - plane]) {
        union(parents, i, i - plane);
      }
      return;
    }
    for (int dz = z > 0 ? -1 : 0; dz <= 0; dz++) {
      for (int dy = y > 0 ? -1 : 0; dy <= (dz < 0 && y + 1 < grid.height() ? 1 : 0); dy++) {
        boolean before = dz < 0 || dy < 0;
        for (int dx = x > 0 ? -1 : 0; dx <= (before ? x + 1 < width ? 1 : 0 : -1); dx++) {
          int other = i + dz * plane + dy * width + dx;
          if (mask[other]) {
            union(parents, i, other);
          }
        }
      }
    }
  }

  /** The earlier root stays, so that a component's root is its first element. */
  private static void union(int[] parents, int a, int b) {
    int first = root(parents, a);
    int second = root(parents, b);
    parents[Math.max(first, second)] = Math.min(first, second);
  }

  private static int root(int[] parents, int i) {
    int at = i;
    while (parents[at] != at) {
      parents[at] = parents[parents[at]];
      at = parents[at];
    }
    return at;
  }

  /** How many there are. */
  public int count() {
    return sizes.length;
  }

  /** For each element its component, or 0. */
  public int[] labels() {
    return labels.clone();
  }

  /** Elements of the components, the first is that of number 1. */
  public long[] sizes() {
    return sizes.clone();
  }

  /** The mask of the largest component, the first of several; empty if there is none. */
  public boolean[] largest() {
    int best = 0;
    for (int i = 1; i < sizes.length; i++) {
      best = sizes[i] > sizes[best] ? i : best;
    }
    boolean[] mask = new boolean[labels.length];
    for (int i = 0; i < mask.length; i++) {
      mask[i] = labels[i] == best + 1;
    }
    return mask;
  }

  /**
   * The mask of the components of at least so many elements, as {@code
   * skimage.morphology.remove_small_objects} leaves it.
   */
  public boolean[] ofAtLeast(long size) {
    boolean[] mask = new boolean[labels.length];
    for (int i = 0; i < mask.length; i++) {
      mask[i] = labels[i] > 0 && sizes[labels[i] - 1] >= size;
    }
    return mask;
  }

  /**
   * Cleans a map of classes: of each class but 0 the largest component alone, and none of less than {@code
   * smallest} elements; what is taken away becomes background.
   *
   * @param classMap class numbers; is not changed
   * @param largestOnly whether one component a class stays
   * @param smallest elements that a component must have; 0 or 1: any
   */
  public static int[] clean(
      int[] classMap, int classes, Grid grid, Neighbours neighbours, boolean largestOnly, long smallest) {
    return clean(LabelKind.NUMBERS, classMap, classes, grid, neighbours, largestOnly, smallest);
  }

  /** The same of a map that may have sets of classes: what is taken away loses that class alone. */
  public static int[] clean(
      LabelKind kind, int[] classMap, int classes, Grid grid, Neighbours neighbours, boolean largestOnly,
      long smallest) {
    grid.check(classMap.length, "the map");
    int[] cleaned = classMap.clone();
    boolean[] mask = new boolean[classMap.length];
    for (int number = 1; number < classes; number++) {
      for (int i = 0; i < mask.length; i++) {
        mask[i] = kind.has(classMap[i], number);
      }
      Components components = of(mask, grid, neighbours);
      boolean[] largest = components.largest();
      boolean[] large = components.ofAtLeast(smallest);
      for (int i = 0; i < mask.length; i++) {
        if (mask[i] && !(large[i] && (largest[i] || !largestOnly))) {
          cleaned[i] = kind.without(cleaned[i], number);
        }
      }
    }
    return cleaned;
  }

  @Override
  public String toString() {
    return "Components of " + Arrays.toString(sizes) + " elements";
  }
}
