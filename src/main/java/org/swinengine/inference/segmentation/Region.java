package org.swinengine.inference.segmentation;

import java.util.ArrayList;
import java.util.List;
import org.swinengine.metrics.segmentation.Components;
import org.swinengine.metrics.segmentation.Grid;
import org.swinengine.metrics.segmentation.LabelKind;

/**
 * A class of a picture or volume, or one of its connected components.
 *
 * @param classNumber the class
 * @param component its number from 1, in the order of first pixels; 0: all of the class
 * @param components how many the class has
 * @param area pixels or voxels
 * @param share of all
 * @param slice middle of its pixels; 0 in a picture
 * @param row middle
 * @param column middle
 */
public record Region(
    int classNumber, int component, int components, long area, double share, double slice, double row,
    double column) {
  /** The regions of class numbers. */
  public static List<Region> of(int[] labels, int classes, Grid grid) {
    return of(LabelKind.NUMBERS, labels, classes, grid);
  }

  /**
   * The regions of all classes but the background, each class before its components; components touch along
   * edges or corners.
   *
   * @param kind what labels say
   * @param labels of all pixels
   */
  public static List<Region> of(LabelKind kind, int[] labels, int classes, Grid grid) {
    List<Region> regions = new ArrayList<>();
    for (int number = 1; number < classes; number++) {
      boolean[] mask = new boolean[labels.length];
      for (int i = 0; i < mask.length; i++) {
        mask[i] = kind.has(labels[i], number);
      }
      Components found = Components.of(mask, grid, Components.Neighbours.CORNERS);
      int[] of = found.labels();
      double[][] sums = new double[found.count() + 1][3];
      long[] areas = new long[found.count() + 1];
      int plane = grid.height() * grid.width();
      for (int i = 0; i < of.length; i++) {
        if (of[i] > 0) {
          int slice = i / plane;
          int row = i % plane / grid.width();
          for (int to : new int[] {0, of[i]}) {
            areas[to]++;
            sums[to][0] += slice;
            sums[to][1] += row;
            sums[to][2] += i % grid.width();
          }
        }
      }
      for (int part = 0; part < areas.length; part++) {
        double count = areas[part];
        regions.add(
            new Region(
                number, part, found.count(), areas[part], count / labels.length, sums[part][0] / count,
                sums[part][1] / count, sums[part][2] / count));
      }
    }
    return regions;
  }
}
