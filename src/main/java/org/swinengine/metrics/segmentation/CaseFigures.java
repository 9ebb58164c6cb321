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
    grid.check(prediction.length, "the prediction");
    grid.check(truth.length, "the truth");
    check(prediction, classes, null, "prediction");
    check(truth, classes, ignored, "truth");
    List<ClassFigures> figures = new ArrayList<>();
    for (int number = 1; number < classes; number++) {
      boolean[] predicted = new boolean[truth.length];
      boolean[] real = new boolean[truth.length];
      for (int i = 0; i < truth.length; i++) {
        boolean counts = ignored == null || truth[i] != ignored;
        predicted[i] = counts && prediction[i] == number;
        real[i] = counts && truth[i] == number;
      }
      figures.add(withoutIgnored(ClassFigures.of(number, predicted, real, grid, empty), truth, ignored));
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
    return new ClassFigures(
        f.classNumber(), counts, f.dice(), f.iou(), f.hausdorff(), f.hausdorff95(),
        f.averageSurfaceDistance(), f.volumeDifference());
  }

  private static void check(int[] labels, int classes, @Nullable Integer ignored, String what) {
    for (int i = 0; i < labels.length; i++) {
      if ((labels[i] < 0 || labels[i] >= classes) && (ignored == null || labels[i] != ignored)) {
        throw new IllegalArgumentException(
            "the " + what + " has the class " + labels[i] + " (element " + i + "), but there are 0 to "
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
