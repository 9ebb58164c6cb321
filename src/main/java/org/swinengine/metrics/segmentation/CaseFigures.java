package org.swinengine.metrics.segmentation;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** Figures of a case's classes, and means over cases. */
public final class CaseFigures {
  private CaseFigures() {}

  /**
   * The figures of the classes 1 to {@code classes − 1}; 0 is the background and has none.
   *
   * @param prediction class numbers, of the grid's size
   * @param truth class numbers
   * @param ignored elements of the truth with this number count nowhere: they are background in both; null:
   *     there is no such number
   * @throws IllegalArgumentException if a number is no class
   */
  public static List<ClassFigures> of(
      int[] prediction, int[] truth, int classes, Grid grid, EmptyMasks empty, @Nullable Integer ignored) {
    return of(
        LabelKind.NUMBERS, prediction, truth, classes, grid, empty, ignored,
        (figures, predicted, real) -> figures);
  }

  /** Adds to a class's figures what its masks tell beside. */
  private interface Addition {
    ClassFigures to(ClassFigures figures, boolean[] predicted, boolean[] real);
  }

  /**
   * The same in elements, with millimetres where the spacing is known, and with objects: those of the
   * prediction are its connected components, over edges and corners.
   *
   * @param grid of elements, without spacing
   * @param millimetres the same grid with spacing; null: not known
   * @param objects number of the object that each element of the truth belongs to, 0: none; null: its
   *     connected components are taken for its objects
   */
  public static List<ClassFigures> of(
      int[] prediction, int[] truth, int classes, Grid grid, @Nullable Grid millimetres,
      int @Nullable [] objects, EmptyMasks empty, @Nullable Integer ignored) {
    return of(
        LabelKind.NUMBERS, prediction, truth, classes, grid, millimetres, objects, empty, ignored);
  }

  /**
   * The same of labels that may be sets of classes, of which each class has its own mask.
   *
   * @param kind what labels say
   */
  public static List<ClassFigures> of(
      LabelKind kind, int[] prediction, int[] truth, int classes, Grid grid, @Nullable Grid millimetres,
      int @Nullable [] objects, EmptyMasks empty, @Nullable Integer ignored) {
    return of(
        kind, prediction, truth, classes, grid, empty, ignored,
        (figures, predicted, real) -> figures.with(
            physical(figures, predicted, real, millimetres, empty),
            InstanceFigures.of(components(predicted, grid), objects(real, grid, objects))));
  }

  private static PhysicalFigures physical(
      ClassFigures figures, boolean[] predicted, boolean[] real, @Nullable Grid grid, EmptyMasks empty) {
    if (grid == null) {
      return PhysicalFigures.NONE;
    }
    double scale = grid.spacingWidth();
    boolean alike =
        grid.spacingHeight() == scale && (!grid.volume() || grid.spacingDepth() == scale);
    if (alike) {
      return new PhysicalFigures(
          figures.hausdorff() * scale, figures.hausdorff95() * scale,
          figures.averageSurfaceDistance() * scale, figures.volumeDifference() * grid.elementSize());
    }
    ClassFigures spaced = ClassFigures.of(figures.classNumber(), predicted, real, grid, empty);
    return new PhysicalFigures(
        spaced.hausdorff(), spaced.hausdorff95(), spaced.averageSurfaceDistance(), spaced.volumeDifference());
  }

  private static int[] components(boolean[] mask, Grid grid) {
    return Components.of(mask, grid, Components.Neighbours.CORNERS).labels();
  }

  private static int[] objects(boolean[] real, Grid grid, int @Nullable [] objects) {
    if (objects == null) {
      return components(real, grid);
    }
    int[] own = objects.clone();
    for (int i = 0; i < own.length; i++) {
      own[i] = real[i] ? own[i] : 0;
    }
    return own;
  }

  private static List<ClassFigures> of(
      LabelKind kind, int[] prediction, int[] truth, int classes, Grid grid, EmptyMasks empty,
      @Nullable Integer ignored,
      Addition addition) {
    grid.check(prediction.length, "the prediction");
    grid.check(truth.length, "the truth");
    check(kind, prediction, classes, null, "prediction");
    check(kind, truth, classes, ignored, "truth");
    List<ClassFigures> figures = new ArrayList<>();
    for (int number = 1; number < classes; number++) {
      boolean[] predicted = new boolean[truth.length];
      boolean[] real = new boolean[truth.length];
      for (int i = 0; i < truth.length; i++) {
        boolean counts = ignored == null || truth[i] != ignored;
        predicted[i] = counts && kind.has(prediction[i], number);
        real[i] = counts && kind.has(truth[i], number);
      }
      ClassFigures own =
          addition.to(ClassFigures.of(number, predicted, real, grid, empty), predicted, real);
      figures.add(withoutIgnored(own, truth, ignored));
    }
    return figures;
  }

  /** What is ignored is no true negative either. */
  private static ClassFigures withoutIgnored(ClassFigures f, int[] truth, @Nullable Integer ignored) {
    if (ignored == null) {
      return f;
    }
    long left = 0;
    for (int label : truth) {
      left += label == ignored ? 1 : 0;
    }
    OverlapCounts c = f.counts();
    OverlapCounts counts =
        new OverlapCounts(
            c.truePositive(), c.falsePositive(), c.falseNegative(), c.trueNegative() - left);
    return f.withCounts(counts);
  }

  private static void check(
      LabelKind kind, int[] labels, int classes, @Nullable Integer ignored, String what) {
    for (int i = 0; i < labels.length; i++) {
      if (!kind.isValid(labels[i], classes) && (ignored == null || labels[i] != ignored)) {
        throw new IllegalArgumentException(
            "the " + what + " has the " + (kind == LabelKind.SETS ? "set " : "class ") + labels[i]
                + " (element " + i + "), but there are 0 to "
                + (classes - 1));
      }
    }
  }

  /**
   * The mean of a figure over what has it; NaN where nothing has. The original's tables are the mean over
   * classes of the means over cases.
   */
  public static double mean(List<ClassFigures> figures, ToDoubleFunction<ClassFigures> figure) {
    return figures.stream().mapToDouble(figure).filter(v -> !Double.isNaN(v)).average().orElse(Double.NaN);
  }
}
