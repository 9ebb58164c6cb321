package org.swinengine.inference.segmentation;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.swinengine.data.segmentation.SegmentationDataset;
import org.swinengine.metrics.Bootstrap;
import org.swinengine.metrics.Figure;
import org.swinengine.metrics.segmentation.ClassFigures;
import org.swinengine.metrics.segmentation.LabelKind;
import org.swinengine.metrics.segmentation.PixelFigure;

/**
 * How well a model finds the classes of pixels. A case is a picture, or a volume with all of its slices.
 * Means are over cases; of a case over the classes but the background.
 *
 * @param images pictures or slices
 * @param loss mean cross-entropy of the pixels, or of all answers where they may have several classes; NaN:
 *     not measured
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
   * @param first number in the data of the picture, or of the volume's first slice
   * @param figures of the classes 1, 2, …; without distances those are NaN
   */
  public record Case(String name, @Nullable String group, int first, List<ClassFigures> figures) {
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
   * @param prediction class of each pixel, or {@link org.swinengine.data.segmentation.ClassSets} where it may
   *     have several
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
   * With distances and objects, where all predictions are kept; else as it is. Distances are in pixels of
   * what is kept.
   *
   * @param dataset that was measured
   * @throws IOException when it cannot be read
   */
  public SegmentationEvaluation withDistances(SegmentationDataset dataset) throws IOException {
    if (kept.size() != images) {
      return this;
    }
    List<List<Kept>> slices = new ArrayList<>();
    cases.forEach(one -> slices.add(new ArrayList<>()));
    kept.forEach(one -> slices.get(one.ofCase()).add(one));
    List<Case> measured = new ArrayList<>();
    for (int i = 0; i < cases.size(); i++) {
      Case one = cases.get(i);
      boolean volume = dataset.volume(one.first()).isPresent();
      measured.add(
          new Case(
              one.name(), one.group(), one.first(),
              new CaseSlices(slices.get(i), volume, LabelKind.of(dataset.isOverlapping()))
                  .figures(dataset, classNames.size(), Measuring.USUAL)));
    }
    return new SegmentationEvaluation(images, loss, classNames, measured, kept);
  }

  /**
   * Several measurements of parts of a data set as one of the whole.
   *
   * @param parts at least one
   * @param members of each part, the number in the whole of each of its pictures
   */
  public static SegmentationEvaluation joined(List<SegmentationEvaluation> parts, List<int[]> members) {
    record Placed(Case one, int part, int number) {}
    List<Placed> all = new ArrayList<>();
    double loss = 0;
    int images = 0;
    for (int p = 0; p < parts.size(); p++) {
      SegmentationEvaluation part = parts.get(p);
      images += part.images();
      loss += part.loss() * part.images();
      for (int i = 0; i < part.cases().size(); i++) {
        Case one = part.cases().get(i);
        int first = members.get(p)[one.first()];
        all.add(new Placed(new Case(one.name(), one.group(), first, one.figures()), p, i));
      }
    }
    all.sort(Comparator.comparingInt(placed -> placed.one().first()));
    List<Kept> kept = new ArrayList<>();
    for (int place = 0; place < all.size(); place++) {
      Placed of = all.get(place);
      for (Kept one : parts.get(of.part()).kept()) {
        if (one.ofCase() == of.number()) {
          kept.add(
              new Kept(
                  members.get(of.part())[one.sample()], place, one.height(), one.width(), one.prediction(),
                  one.truth()));
        }
      }
    }
    List<Case> cases = all.stream().map(Placed::one).toList();
    return new SegmentationEvaluation(images, loss / images, parts.get(0).classNames(), cases, kept);
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

  /** All figures that were measured, with 95 % intervals over cases or their groups. */
  public List<Figure> figures(long seed) {
    return figures(seed, one -> figure -> one.mean(figure::of));
  }

  /**
   * The figures of one class with their intervals.
   *
   * @param number of the class, from 1
   */
  public List<Figure> figures(int number, long seed) {
    return figures(seed, one -> figure -> figure.of(one.figures().get(number - 1)));
  }

  private List<Figure> figures(long seed, Function<Case, ToDoubleFunction<PixelFigure>> of) {
    Map<String, double[]> values = new LinkedHashMap<>();
    for (PixelFigure figure : measured()) {
      values.put(figure.key(),
          cases.stream().mapToDouble(one -> of.apply(one).applyAsDouble(figure)).toArray());
    }
    return new Bootstrap(cases.size(), groups(), seed).means(values, DRAWS);
  }

  /** The figures that at least one case has. */
  public List<PixelFigure> measured() {
    return Arrays.stream(PixelFigure.values())
        .filter(
            figure -> cases.stream().flatMap(one -> one.figures().stream())
                .anyMatch(one -> !Double.isNaN(figure.of(one))) && !isOfPixelsAlone(figure))
        .toList();
  }

  /** Where surfaces were not compared, sizes are of the model's input and say little. */
  private boolean isOfPixelsAlone(PixelFigure figure) {
    return figure == PixelFigure.VOLUME_DIFFERENCE
        && cases.stream().flatMap(one -> one.figures().stream()).allMatch(one -> one.objects() == null);
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
