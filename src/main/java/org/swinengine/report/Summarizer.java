package org.swinengine.report;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.swinengine.inference.Evaluation;
import org.swinengine.metrics.BinaryCurve;
import org.swinengine.metrics.Calibration;
import org.swinengine.metrics.ClassificationFigures;
import org.swinengine.metrics.Figure;
import org.swinengine.metrics.LabelIssues;
import org.swinengine.metrics.Predictions;
import org.swinengine.metrics.TemperatureFit;

/** From an evaluation to what a page shows of it. */
public final class Summarizer {
  /** Curves that can be told apart, less that of the mean. */
  private static final int MOST_CURVES = XyChart.MOST_SERIES - 1;

  private static final int CURVE_POINTS = 120;
  private static final int MOST_DOUBTS = 50;

  /** Passes over more probabilities take too long for what they show. */
  private static final long MOST_AVERAGED = 2_000_000;
  private static final long MOST_SCALED = 10_000_000;

  private final Evaluation evaluation;
  private final IntFunction<String> names;
  private final List<String> classNames;

  private Summarizer(Evaluation evaluation, IntFunction<String> names) {
    this.evaluation = evaluation;
    this.names = names;
    classNames = evaluation.perClass().stream().map(Evaluation.ClassMetrics::name).toList();
  }

  /**
   * Measures all figures.
   *
   * @param names of the images, by their number in the data
   * @param seed of the intervals' draws
   * @throws IOException if a sample's picture cannot be read
   */
  public static EvaluationSummary of(Evaluation evaluation, IntFunction<String> names, long seed)
      throws IOException {
    Predictions predictions = evaluation.predictions();
    Summarizer summarizer = new Summarizer(evaluation, names);
    return predictions == null
        ? summarizer.ofCounts()
        : summarizer.ofPredictions(predictions, ClassificationFigures.of(predictions, seed));
  }

  /**
   * The same with figures that are measured already.
   *
   * @param figures of the evaluation's predictions
   * @throws IOException if a sample's picture cannot be read
   */
  public static EvaluationSummary of(
      Evaluation evaluation, ClassificationFigures figures, IntFunction<String> names) throws IOException {
    Predictions predictions = Objects.requireNonNull(evaluation.predictions());
    return new Summarizer(evaluation, names).ofPredictions(predictions, figures);
  }

  private EvaluationSummary ofCounts() throws IOException {
    List<Figure> figures =
        List.of(
            Figure.of("accuracy", evaluation.top1() / 100),
            Figure.of("balanced_accuracy", evaluation.balancedAccuracy()),
            Figure.of("macro_f1", evaluation.macroF1()),
            Figure.of("log_loss", evaluation.loss()));
    List<ClassificationFigures.OfClass> classes =
        evaluation.perClass().stream().map(Summarizer::ofCounts).toList();
    return new EvaluationSummary(
        evaluation.images(), evaluation.images(), 0, classNames, figures, classes, confusion(), List.of(),
        List.of(), EvaluationSummary.Scaling.NONE, samples(), List.of(),
        0, null, null);
  }

  private static ClassificationFigures.OfClass ofCounts(Evaluation.ClassMetrics one) {
    return new ClassificationFigures.OfClass(
        one.images(), 0, Figure.of("precision", one.precision()), Figure.of("recall", one.recall()),
        Figure.of("f1", one.f1()), Figure.of("auc", Double.NaN), Double.NaN);
  }

  private EvaluationSummary ofPredictions(Predictions predictions, ClassificationFigures figures)
      throws IOException {
    boolean all = predictions.hasAll() && predictions.size() > 0;
    boolean affordable = (long) predictions.size() * predictions.classes() <= MOST_SCALED;
    List<LabelIssues.Issue> issues =
        all && affordable ? LabelIssues.find(predictions, null).issues() : List.of();
    return new EvaluationSummary(
        predictions.size(), figures.groups(), figures.draws(), classNames, figures.figures(),
        figures.classes(), confusion(),
        all ? curves(predictions, figures) : List.of(),
        Calibration.reliability(predictions, Calibration.BINS),
        scaling(predictions), samples(),
        issues.stream().limit(MOST_DOUBTS).map(this::doubt).toList(), issues.size(), null, null);
  }

  private EvaluationSummary.Doubt doubt(LabelIssues.Issue issue) {
    return new EvaluationSummary.Doubt(
        names.apply(issue.sample()), issue.given(), issue.suggested(), issue.selfConfidence(),
        issue.normalizedMargin());
  }

  private static EvaluationSummary.Scaling scaling(Predictions predictions) {
    long numbers = (long) predictions.size() * predictions.classes();
    if (!predictions.hasLogits() || numbers == 0 || numbers > MOST_SCALED) {
      return EvaluationSummary.Scaling.NONE;
    }
    TemperatureFit fit = TemperatureFit.of(predictions);
    return fit.isKnown()
        ? new EvaluationSummary.Scaling(
            fit.temperature(), fit.after().expectedError(), fit.after().logLoss(), true)
        : EvaluationSummary.Scaling.NONE;
  }

  private List<int[]> confusion() {
    int[][] counts = evaluation.confusion();
    List<int[]> cells = new ArrayList<>();
    for (int actual = 0; actual < counts.length; actual++) {
      for (int predicted = 0; predicted < counts.length; predicted++) {
        if (counts[actual][predicted] > 0) {
          cells.add(new int[] {actual, predicted, counts[actual][predicted]});
        }
      }
    }
    return cells;
  }

  private List<EvaluationSummary.Sample> samples() throws IOException {
    List<EvaluationSummary.Sample> samples = new ArrayList<>();
    for (Evaluation.Sample sample : evaluation.samples()) {
      samples.add(
          new EvaluationSummary.Sample(
              sample.name(), sample.actual(), sample.predicted(), sample.probability(),
              Thumbnail.of(sample.picture().load())));
    }
    return samples;
  }

  /** Of two classes the second's; of a few all; of many those with the smallest areas; and the mean. */
  private static List<EvaluationSummary.Curves> curves(
      Predictions predictions, ClassificationFigures figures) {
    return curves(
        predictions.classes() == 2 ? 1 : 0, figures.classes(), predictions.size(),
        label -> BinaryCurve.of(predictions, label), value(figures, "auc"),
        value(figures, "average_precision"));
  }

  /**
   * Of a few classes all curves, of many those with the smallest areas; and the mean.
   *
   * @param first class that has curves
   * @param auc mean of the areas below the first kind of curves
   * @param averagePrecision of those below the second
   */
  static List<EvaluationSummary.Curves> curves(
      int first, List<ClassificationFigures.OfClass> classes, int samples, IntFunction<BinaryCurve> of,
      double auc, double averagePrecision) {
    List<Integer> known = new ArrayList<>();
    for (int c = first; c < classes.size(); c++) {
      if (!Double.isNaN(classes.get(c).auc().value())) {
        known.add(c);
      }
    }
    List<EvaluationSummary.Curves> curves = new ArrayList<>();
    if (known.size() > 1 && (long) known.size() * samples <= MOST_AVERAGED) {
      curves.add(mean(of, known, auc, averagePrecision));
    }
    known.stream()
        .sorted(Comparator.comparingDouble(c -> classes.get(c).auc().value()))
        .limit(MOST_CURVES)
        .forEach(c -> curves.add(curve(of.apply(c), c)));
    return curves;
  }

  private static EvaluationSummary.Curves curve(BinaryCurve curve, int label) {
    List<BinaryCurve.Point> points = thinned(curve.points());
    double[] rates = points.stream().mapToDouble(curve::falsePositiveRate).toArray();
    double[] recalls = points.stream().mapToDouble(curve::recall).toArray();
    double[] precisions = points.stream().mapToDouble(BinaryCurve::precision).toArray();
    return new EvaluationSummary.Curves(
        label, curve.auc(), curve.averagePrecision(), after(0, rates), after(0, recalls),
        recalls, precisions);
  }

  /** Evenly along the way from corner to corner, with the first and the last. */
  private static List<BinaryCurve.Point> thinned(List<BinaryCurve.Point> points) {
    if (points.size() <= CURVE_POINTS) {
      return points;
    }
    BinaryCurve.Point last = points.get(points.size() - 1);
    List<BinaryCurve.Point> kept = new ArrayList<>();
    double next = 0;
    for (BinaryCurve.Point point : points) {
      double way =
          (double) point.truePositives() / last.truePositives()
              + (double) point.falsePositives() / last.falsePositives();
      if (way >= next || point == last) {
        kept.add(point);
        next = way + 2.0 / CURVE_POINTS;
      }
    }
    return kept;
  }

  private static double[] after(double first, double[] rest) {
    double[] all = new double[rest.length + 1];
    all[0] = first;
    System.arraycopy(rest, 0, all, 1, rest.length);
    return all;
  }

  /** The mean of the classes' curves, at even abscissas. */
  private static EvaluationSummary.Curves mean(
      IntFunction<BinaryCurve> of, List<Integer> labels, double auc, double averagePrecision) {
    int steps = 50;
    double[] xs = IntStream.rangeClosed(0, steps).mapToDouble(i -> (double) i / steps).toArray();
    double[] rates = new double[steps + 1];
    double[] precisions = new double[steps + 1];
    for (int label : labels) {
      BinaryCurve curve = of.apply(label);
      for (int i = 0; i <= steps; i++) {
        rates[i] += rateAt(curve, xs[i]) / labels.size();
        precisions[i] += precisionAt(curve, xs[i]) / labels.size();
      }
    }
    return new EvaluationSummary.Curves(
        -1, auc, averagePrecision, xs, rates, xs, precisions);
  }

  private static double value(ClassificationFigures figures, String key) {
    return figures.figure(key).map(Figure::value).orElse(Double.NaN);
  }

  /** The ROC curve's ordinate, on the straight line between two points. */
  private static double rateAt(BinaryCurve curve, double x) {
    double beforeX = 0;
    double beforeY = 0;
    BinaryCurve.@Nullable Point within = null;
    for (BinaryCurve.Point point : curve.points()) {
      if (curve.falsePositiveRate(point) > x) {
        within = point;
        break;
      }
      beforeX = curve.falsePositiveRate(point);
      beforeY = curve.recall(point);
    }
    if (within == null) {
      return 1;
    }
    double share = (x - beforeX) / (curve.falsePositiveRate(within) - beforeX);
    return beforeY + share * (curve.recall(within) - beforeY);
  }

  /** The precision at the first threshold that finds at least such a share. */
  private static double precisionAt(BinaryCurve curve, double recall) {
    for (BinaryCurve.Point point : curve.points()) {
      if (curve.recall(point) >= recall && point.truePositives() > 0) {
        return BinaryCurve.precision(point);
      }
    }
    return (double) curve.positives() / (curve.positives() + curve.negatives());
  }
}
