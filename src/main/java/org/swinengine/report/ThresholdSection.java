package org.swinengine.report;

import java.util.List;
import java.util.Locale;
import org.swinengine.metrics.Calibration;

/** What probabilities are worth: curves over all thresholds, and how sure against how right. */
final class ThresholdSection {
  private ThresholdSection() {}

  static void to(Html html, EvaluationSummary evaluation) {
    List<EvaluationSummary.Curves> curves = evaluation.curves();
    boolean sure = evaluation.reliability().stream().anyMatch(bin -> bin.samples() > 0);
    if (curves.isEmpty() && !sure) {
      return;
    }
    html.raw("<h2 id=\"probabilities\">Probabilities</h2>\n");
    int shown = (int) curves.stream().filter(curve -> curve.label() >= 0).count();
    if (shown > 0 && shown < evaluation.classNames().size() && evaluation.classNames().size() > 2) {
      html.add("<p class=\"faint\">Curves are of the %d classes with the smallest area, each against the"
          + " rest.</p>%n", shown);
    }
    html.raw("<div class=\"charts\">\n");
    XyChart roc =
        new XyChart("ROC", "share of the others that are taken for it", "share that is found").unitSquare()
            .withDiagonal();
    XyChart precision = new XyChart("Precision and recall", "recall", "precision").unitSquare();
    for (EvaluationSummary.Curves curve : curves) {
      String name = curve.label() < 0 ? "mean" : evaluation.classNames().get(curve.label());
      roc.curve(named(name, curve.auc()), curve.falsePositiveRates(), curve.truePositiveRates());
      precision.curve(named(name, curve.averagePrecision()), curve.recalls(), curve.precisions());
    }
    roc.to(html);
    precision.to(html);
    if (sure) {
      reliability(html, evaluation.reliability());
    }
    html.raw("</div>\n");
    scaling(html, evaluation);
  }

  private static String named(String name, double area) {
    return String.format(Locale.ROOT, "%s %.3f", name, area);
  }

  private static void reliability(Html html, List<Calibration.Bin> bins) {
    double most = bins.stream().mapToInt(Calibration.Bin::samples).max().orElse(1);
    List<Calibration.Bin> filled = bins.stream().filter(bin -> bin.samples() > 0).toList();
    XyChart chart =
        new XyChart("Reliability", "how sure the model is", "how often it is right").unitSquare()
            .withDiagonal();
    for (Calibration.Bin bin : filled) {
      chart.bar(
          bin.low(), bin.high(), 0.3 * bin.samples() / most,
          String.format(Locale.ROOT, "%d images from %.0f %% to %.0f %%", bin.samples(), 100 * bin.low(),
              100 * bin.high()));
    }
    chart.curve(
        "right", filled.stream().mapToDouble(Calibration.Bin::confidence).toArray(),
        filled.stream().mapToDouble(Calibration.Bin::accuracy).toArray());
    chart.to(html);
  }

  private static void scaling(Html html, EvaluationSummary evaluation) {
    EvaluationSummary.Scaling scaling = evaluation.scaling();
    double error = evaluation.figure("ece").value();
    html.raw("<p class=\"faint\">On the diagonal of the reliability chart a model is as sure as it is right;"
        + " below it is too sure. The bars show how many images there are.");
    if (!Double.isNaN(scaling.temperature())) {
      html.add(
          " Dividing the logits by <b>%.3f</b> (temperature scaling) would bring the calibration error from"
              + " %.1f %% to %.1f %% and the log loss from %.3f to %.3f%s.",
          scaling.temperature(), 100 * error, 100 * scaling.expectedError(),
          evaluation.figure("log_loss").value(), scaling.logLoss(),
          scaling.crossFitted()
              ? ": measured with each half of the images divided by the number of the other half"
              : ", on the very images that the number was fitted on, so that others may gain less");
    }
    html.raw("</p>\n");
  }
}
