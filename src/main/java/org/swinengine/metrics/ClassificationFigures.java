package org.swinengine.metrics;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * All figures of predictions of one class each, with their 95 % intervals. What each means says
 * {@code docs/FIGURES.md}.
 *
 * @param samples number of samples
 * @param groups number of groups that intervals are drawn from: that of the samples, if each stands alone
 * @param draws of the bootstrap; 0: no intervals
 * @param figures the figures, in the order in which they are shown
 * @param classes figures of each class, in the order of the labels
 */
public record ClassificationFigures(
    int samples, int groups, int draws, List<Figure> figures, List<OfClass> classes) {
  /** Draws of the bootstrap, where nothing else is said. */
  public static final int DRAWS = 1000;

  /** Numbers of draws that are held for the classes' intervals. */
  private static final long MOST_CLASS_DRAWS = 1 << 22;

  /** Above this many weights to add, the areas below curves have fewer draws. */
  private static final double MOST_ADDED = 5e9;

  private static final int FEWEST_DRAWS = 200;

  /**
   * Figures of a class against the rest.
   *
   * @param samples of this class
   * @param predicted samples that were put into it
   * @param precision share of right ones among these
   * @param recall share of its samples that were recognised
   * @param f1 harmonic mean of the two
   * @param auc area below the ROC curve; NaN where the probabilities were not kept, or no sample or all are
   *     of the class
   * @param averagePrecision area below the precision-recall curve
   */
  public record OfClass(
      long samples, long predicted, Figure precision, Figure recall, Figure f1, Figure auc,
      double averagePrecision) {}

  /** Figures that need no more than counts. */
  private record Counted(String key, ToDoubleFunction<Counts> of) {}

  private static final List<Counted> COUNTED =
      List.of(
          new Counted("accuracy", Counts::accuracy),
          new Counted("balanced_accuracy", Counts::balancedAccuracy),
          new Counted("macro_f1", Counts::macroF1),
          new Counted("weighted_f1", Counts::weightedF1),
          new Counted("macro_precision", Counts::macroPrecision),
          new Counted("kappa", Counts::kappa),
          new Counted("quadratic_kappa", Counts::quadraticKappa),
          new Counted("mcc", Counts::matthews));

  private static final List<String> SUMMED = List.of("top5_accuracy", "log_loss", "brier", "ece");

  /** The figure of a name, where there is one. */
  public Optional<Figure> figure(String key) {
    return figures.stream().filter(figure -> figure.key().equals(key)).findFirst();
  }

  /** With the usual number of draws. */
  public static ClassificationFigures of(Predictions predictions, long seed) {
    return of(predictions, DRAWS, seed);
  }

  /**
   * Measures.
   *
   * @param draws of the bootstrap, 0 for none; a figure that takes very many additions has fewer of them, but
   *     at least 200
   * @param seed of the bootstrap
   */
  public static ClassificationFigures of(Predictions predictions, int draws, long seed) {
    Bootstrap bootstrap = new Bootstrap(predictions.size(), predictions.groups(), seed);
    Drawn drawn = new Drawn(predictions, draws);
    for (int first = 0; first < draws; first += Bootstrap.LANES) {
      int[] weights = bootstrap.lanes(first);
      for (int lane = 0; lane < Math.min(Bootstrap.LANES, draws - first); lane++) {
        drawn.add(first + lane, weights, lane, Bootstrap.LANES);
      }
    }
    int[] once = new int[predictions.size()];
    Arrays.fill(once, 1);
    Drawn plain = new Drawn(predictions, 1);
    plain.add(0, once, 0, 1);
    List<Figure> figures = new ArrayList<>();
    for (int f = 0; f < COUNTED.size(); f++) {
      figures.add(Bootstrap.figure(COUNTED.get(f).key(), plain.figures[f][0], drawn.figures[f]));
    }
    for (int f = 0; f < SUMMED.size(); f++) {
      int at = COUNTED.size() + f;
      figures.add(Bootstrap.figure(SUMMED.get(f), plain.figures[at][0], drawn.figures[at]));
    }
    OneVsRest areas = null;
    if (predictions.hasAll() && predictions.size() > 0) {
      areas = areas(predictions, bootstrap, draws, drawn.byClass);
      addAreas(figures, areas, predictions.counts());
    }
    figures.removeIf(figure -> figure.key().equals("top5_accuracy") && predictions.classes() <= 5);
    return new ClassificationFigures(
        predictions.size(), bootstrap.groups(), draws, List.copyOf(figures),
        classes(predictions.counts(), drawn, areas));
  }

  private static OneVsRest areas(Predictions predictions, Bootstrap bootstrap, int draws, boolean byClass) {
    double each = (double) predictions.size() * predictions.classes();
    int affordable = (int) Math.min(draws, Math.max(FEWEST_DRAWS, MOST_ADDED / each));
    return new OneVsRest(predictions, bootstrap, affordable, byClass);
  }

  private static void addAreas(List<Figure> figures, OneVsRest areas, Counts counts) {
    figures.add(Bootstrap.figure("auc", areas.mean(areas.auc, c -> 1), areas.means[OneVsRest.AUC]));
    figures.add(
        Bootstrap.figure(
            "auc_weighted", areas.mean(areas.auc, counts::actual), areas.means[OneVsRest.AUC_WEIGHTED]));
    figures.add(
        Bootstrap.figure(
            "average_precision", areas.mean(areas.averagePrecision, c -> 1),
            areas.means[OneVsRest.PRECISION]));
    figures.add(
        Bootstrap.figure(
            "classwise_ece", Arrays.stream(areas.classwiseError).average().orElse(Double.NaN),
            areas.means[OneVsRest.CLASSWISE]));
  }

  private static List<OfClass> classes(
      Counts counts, Drawn drawn, @Nullable OneVsRest areas) {
    List<OfClass> classes = new ArrayList<>();
    for (int c = 0; c < counts.classes(); c++) {
      Figure auc = Figure.of("auc", Double.NaN);
      if (areas != null) {
        auc =
            areas.aucDraws.length == 0 ? Figure.of("auc", areas.auc[c])
                : Bootstrap.figure("auc", areas.auc[c], doubles(areas.aucDraws[c]));
      }
      classes.add(
          new OfClass(
              counts.actual(c),
              counts.predicted(c),
              drawn.ofClass("precision", counts.precision(c), 0, c),
              drawn.ofClass("recall", counts.recall(c), 1, c),
              drawn.ofClass("f1", counts.f1(c), 2, c),
              auc,
              areas == null ? Double.NaN : areas.averagePrecision[c]));
    }
    return List.copyOf(classes);
  }

  private static double[] doubles(float[] values) {
    double[] doubles = new double[values.length];
    Arrays.setAll(doubles, i -> values[i]);
    return doubles;
  }

  /** The figures of draws. */
  private static final class Drawn {
    private final Predictions predictions;
    private final double[][] figures;

    /** Precision, recall and F1 of each class and draw. */
    private final float[][][] ofClasses;

    private final boolean byClass;

    Drawn(Predictions predictions, int draws) {
      this.predictions = predictions;
      figures = new double[COUNTED.size() + SUMMED.size()][draws];
      byClass = draws > 1 && (long) predictions.classes() * draws <= MOST_CLASS_DRAWS;
      ofClasses = new float[3][byClass ? predictions.classes() : 0][draws];
    }

    void add(int draw, int[] weights, int lane, int lanes) {
      int n = predictions.size();
      Counts counts = new Counts(predictions.classes());
      double[] gaps = new double[Calibration.BINS];
      double loss = 0;
      double brier = 0;
      long amongFive = 0;
      for (int i = 0; i < n; i++) {
        int weight = weights[i * lanes + lane];
        if (weight == 0) {
          continue;
        }
        counts.add(predictions.label(i), predictions.predicted(i), weight);
        int place = predictions.place(i);
        amongFive += place < 5 ? weight : 0;
        loss += predictions.logLoss(i) * weight;
        brier += predictions.brier(i) * weight;
        double confidence = predictions.confidence(i);
        gaps[Calibration.bin(confidence, Calibration.BINS)] +=
            (confidence - (place == 0 ? 1 : 0)) * weight;
      }
      double gap = 0;
      for (double one : gaps) {
        gap += Math.abs(one);
      }
      double total = counts.total();
      for (int f = 0; f < COUNTED.size(); f++) {
        figures[f][draw] = COUNTED.get(f).of().applyAsDouble(counts);
      }
      double[] summed = {amongFive / total, loss / total, brier / total, gap / total};
      for (int f = 0; f < summed.length; f++) {
        figures[COUNTED.size() + f][draw] = summed[f];
      }
      for (int c = 0; c < ofClasses[0].length; c++) {
        // A class without a sample in a draw says nothing about its recall.
        boolean there = counts.actual(c) > 0;
        ofClasses[0][c][draw] = counts.predicted(c) > 0 ? (float) counts.precision(c) : Float.NaN;
        ofClasses[1][c][draw] = there ? (float) counts.recall(c) : Float.NaN;
        ofClasses[2][c][draw] = there ? (float) counts.f1(c) : Float.NaN;
      }
    }

    Figure ofClass(String key, double value, int which, int label) {
      return byClass ? Bootstrap.figure(key, value, doubles(ofClasses[which][label])) : Figure.of(key, value);
    }
  }
}
