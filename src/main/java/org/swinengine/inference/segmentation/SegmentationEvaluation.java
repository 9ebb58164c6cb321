package org.swinengine.inference.segmentation;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.swinengine.data.segmentation.SegmentationDataset;
import org.swinengine.metrics.Bootstrap;
import org.swinengine.metrics.Figure;
import org.swinengine.metrics.segmentation.CaseFigures;
import org.swinengine.metrics.segmentation.ClassFigures;
import org.swinengine.metrics.segmentation.EmptyMasks;
import org.swinengine.metrics.segmentation.Grid;

/**
 * How well a model finds the classes of pixels. A case is a picture, or a volume with all of its slices.
 * Means are over cases; of a case over the classes but the background.
 *
 * @param images pictures or slices
 * @param loss mean cross-entropy of the pixels; NaN: not measured
 * @param classNames the first is the background
 * @param cases in the order of the data
 * @param kept pictures' predictions beside the truth, of as many as the memory that is meant for it holds
 */
public record SegmentationEvaluation(
    int images, double loss, List<String> classNames, List<Case> cases, List<Kept> kept) {
  /** Draws of the intervals. */
  public static final int DRAWS = 1000;

  /**
   * One case.
   *
   * @param name of the picture or volume
   * @param group what it belongs to; null: it stands alone
   * @param figures of the classes 1, 2, …; without distances those are NaN
   */
  public record Case(String name, @Nullable String group, List<ClassFigures> figures) {
    /** The mean of a figure over the classes; NaN where none has it. */
    public double mean(ToDoubleFunction<ClassFigures> figure) {
      return average(figures.stream().mapToDouble(figure).toArray());
    }

    /** The mean Dice coefficient over the classes. */
    public double dice() {
      return mean(ClassFigures::dice);
    }
  }

  /**
   * A picture's prediction.
   *
   * @param sample its number in the data
   * @param ofCase number of its case
   * @param height rows
   * @param width columns
   * @param prediction class of each pixel
   * @param truth likewise, with {@link org.swinengine.data.segmentation.SegmentationDataset#IGNORED}
   */
  public record Kept(int sample, int ofCase, int height, int width, byte[] prediction, byte[] truth) {}

  /** The mean of what is a number; NaN where nothing is. */
  static double average(double[] values) {
    double sum = 0;
    int count = 0;
    for (double value : values) {
      if (!Double.isNaN(value)) {
        sum += value;
        count++;
      }
    }
    return count == 0 ? Double.NaN : sum / count;
  }

  /**
   * With the surfaces' distances, where each case is a picture and all are kept; else as it is. Distances are
   * in pixels of what is kept.
   */
  public SegmentationEvaluation withDistances() {
    if (cases.size() != images || kept.size() != images) {
      return this;
    }
    List<Case> measured = new ArrayList<>();
    for (int i = 0; i < images; i++) {
      Kept one = kept.get(i);
      int[] prediction = new int[one.prediction().length];
      int[] truth = new int[prediction.length];
      for (int at = 0; at < truth.length; at++) {
        prediction[at] = one.prediction()[at] & 255;
        truth[at] = one.truth()[at] & 255;
      }
      measured.add(
          new Case(
              cases.get(i).name(), cases.get(i).group(),
              CaseFigures.of(
                  prediction, truth, classNames.size(), Grid.plane(one.height(), one.width()),
                  EmptyMasks.DEFINED, SegmentationDataset.IGNORED)));
    }
    return new SegmentationEvaluation(images, loss, classNames, measured, kept);
  }

  /** The mean of a figure over the cases. */
  public double mean(ToDoubleFunction<ClassFigures> figure) {
    return average(cases.stream().mapToDouble(one -> one.mean(figure)).toArray());
  }

  /** The mean Dice coefficient over the cases, 0 to 1. */
  public double dice() {
    return mean(ClassFigures::dice);
  }

  /** The mean intersection over union, 0 to 1. */
  public double iou() {
    return mean(ClassFigures::iou);
  }

  /** Dice, IoU and, where they are measured, HD95 and ASSD, with 95 % intervals over cases. */
  public List<Figure> figures(long seed) {
    List<Figure> figures = new ArrayList<>();
    Bootstrap bootstrap = new Bootstrap(cases.size(), groups(), seed);
    figures.add(figure(bootstrap, "dice", values(ClassFigures::dice)));
    figures.add(figure(bootstrap, "iou", values(ClassFigures::iou)));
    figures.add(figure(bootstrap, "sensitivity", values(f -> f.counts().sensitivity())));
    figures.add(figure(bootstrap, "precision", values(f -> f.counts().precision())));
    for (Figure distance : List.of(
        figure(bootstrap, "hd95", values(ClassFigures::hausdorff95)),
        figure(bootstrap, "assd", values(ClassFigures::averageSurfaceDistance)))) {
      if (!Double.isNaN(distance.value())) {
        figures.add(distance);
      }
    }
    return figures;
  }

  /**
   * A figure of one class with its interval.
   *
   * @param number of the class, from 1
   */
  public Figure figure(String key, int number, ToDoubleFunction<ClassFigures> figure, long seed) {
    Bootstrap bootstrap = new Bootstrap(cases.size(), groups(), seed);
    double[] values =
        cases.stream().mapToDouble(one -> figure.applyAsDouble(one.figures().get(number - 1))).toArray();
    return figure(bootstrap, key, values);
  }

  private double[] values(ToDoubleFunction<ClassFigures> figure) {
    return cases.stream().mapToDouble(one -> one.mean(figure)).toArray();
  }

  private static Figure figure(Bootstrap bootstrap, String key, double[] values) {
    return bootstrap.figure(
        key,
        weights -> {
          double sum = 0;
          long count = 0;
          for (int i = 0; i < values.length; i++) {
            if (!Double.isNaN(values[i])) {
              sum += weights[i] * values[i];
              count += weights[i];
            }
          }
          return count == 0 ? Double.NaN : sum / count;
        },
        DRAWS);
  }

  private int @Nullable [] groups() {
    Map<String, Integer> numbers = new HashMap<>();
    int[] groups = new int[cases.size()];
    for (int i = 0; i < groups.length; i++) {
      String group = cases.get(i).group();
      groups[i] = group == null ? -1 - i : numbers.computeIfAbsent(group, name -> numbers.size());
    }
    return numbers.isEmpty() ? null : groups;
  }
}
