package org.swinengine.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.swinengine.metrics.Figure;
import org.swinengine.metrics.segmentation.PixelFigure;

/** Several runs on one page: their figures, their curves, and the settings in which they differ. */
public final class RunComparison {
  /** A figure that runs are compared by. */
  private record Column(String key, String name, boolean percent, boolean lessIsBetter) {}

  private static final List<Column> COLUMNS =
      List.of(
          new Column("accuracy", "top-1", true, false),
          new Column("balanced_accuracy", "balanced accuracy", true, false),
          new Column("macro_f1", "macro-F1", true, false),
          new Column("auc", "AUC", false, false),
          new Column("kappa", "Cohen’s κ", false, false),
          new Column("mcc", "Matthews", false, false),
          new Column("log_loss", "log loss", false, true),
          new Column("ece", "calibration error", true, true));

  /** Where each pixel has a class. */
  private static final List<Column> OF_PIXELS =
      Stream.of(
          PixelFigure.DICE, PixelFigure.IOU, PixelFigure.SENSITIVITY, PixelFigure.PRECISION,
          PixelFigure.OBJECT_F1, PixelFigure.HD95, PixelFigure.ASSD, PixelFigure.HD95_MM)
          .map(
              figure -> new Column(
                  figure.key(), figure.title(), figure.unit() == PixelFigure.Unit.SHARE,
                  figure.unit() != PixelFigure.Unit.SHARE))
          .toList();

  private final List<RunResults> runs;
  private final List<Column> columns;
  private final Html html = new Html();

  private RunComparison(List<RunResults> runs) {
    this.runs = runs;
    boolean pixels = runs.stream().anyMatch(run -> run.segmentation() != null);
    boolean images = runs.stream().anyMatch(run -> run.segmentation() == null);
    columns =
        Stream.concat(
            COLUMNS.stream().filter(column -> images),
            OF_PIXELS.stream().filter(
                column -> pixels
                    && runs.stream().anyMatch(run -> !Double.isNaN(figure(run, column.key()).value()))))
            .toList();
  }

  /**
   * The page.
   *
   * @param runs at least one, in the order in which they are to stand
   */
  public static String html(List<RunResults> runs) {
    RunComparison page = new RunComparison(runs);
    page.html.add("<header><p class=\"kind\">Comparison</p><h1>%d runs</h1></header>%n", runs.size());
    page.notices();
    page.figures();
    page.curves();
    page.settings();
    return Page.of("Comparison of " + runs.size() + " runs", page.html);
  }

  /** Whether all runs were measured on the same images, as far as is known. */
  public static boolean isFair(List<RunResults> runs) {
    return runs.stream()
        .map(run -> run.facts().get("fingerprint of validation data"))
        .filter(fingerprint -> fingerprint != null)
        .distinct()
        .count() <= 1;
  }

  private void notices() {
    if (!isFair(runs)) {
      html.raw("<p class=\"notice\">The runs were not measured on the same images: their validation data have"
          + " different fingerprints. The figures do not tell which model is better.</p>\n");
    }
  }

  private void figures() {
    html.raw("<h2 id=\"figures\">Figures</h2>\n<p class=\"faint\">Of each run’s best epoch on its validation"
        + " images, with 95 % intervals; the best of each column is bold. Runs whose intervals overlap may"
        + " well be equal.</p>\n<div class=\"scroll\" tabindex=\"0\"><table class=\"sortable\"><thead><tr>"
        + "<th class=\"name\" scope=\"col\">run</th><th scope=\"col\">epochs</th>");
    columns.forEach(column -> html.add("<th scope=\"col\">%s</th>", column.name()));
    html.raw("</tr></thead>\n<tbody>\n");
    for (RunResults run : runs) {
      html.add("<tr><th class=\"name\" scope=\"row\">%s</th><td>%d</td>", run.name(), run.history().size());
      for (Column column : columns) {
        Figure figure = figure(run, column.key());
        html.add(
            "<td data-value=\"%.6f\"%s>%s<small>%s</small></td>", figure.value(),
            new Html.Raw(figure.value() == best(column) ? " class=\"best\"" : ""),
            Headline.number(figure.value(), column.percent()), Headline.interval(figure, column.percent()));
      }
      html.raw("</tr>\n");
    }
    html.raw("</tbody></table></div>\n");
    if (runs.stream().anyMatch(run -> run.segmentation() != null)) {
      html.raw("<p class=\"faint\">Distances (HD95, ASSD) are of the cases where a class is found: a run that"
          + " finds nothing in hard ones has them of the others alone.</p>\n");
    }
  }

  /** A run's figure; of one without results the accuracy of its metrics. */
  public static Figure figure(RunResults run, String key) {
    if (run.segmentation() != null) {
      return run.segmentation().figure(key);
    }
    if (run.evaluation() != null) {
      // The share of right answers is nothing to compare with that of right images.
      boolean other = run.evaluation().isMultiLabel() && key.equals("accuracy");
      return other ? Figure.of(key, Double.NaN) : run.evaluation().figure(key);
    }
    boolean known = key.equals("accuracy") && run.bestEpoch() > 0;
    return Figure.of(key, known ? run.bestTop1() / 100 : Double.NaN);
  }

  private double best(Column column) {
    return runs.stream()
        .mapToDouble(run -> figure(run, column.key()).value())
        .filter(value -> !Double.isNaN(value))
        .reduce((a, b) -> column.lessIsBetter() ? Math.min(a, b) : Math.max(a, b))
        .orElse(Double.NaN);
  }

  private void curves() {
    html.raw("<h2 id=\"curves\">Curves</h2>\n");
    if (runs.size() > XyChart.MOST_SERIES) {
      html.add("<p class=\"faint\">Of the first %d runs.</p>%n", XyChart.MOST_SERIES);
    }
    html.raw("<div class=\"charts\">\n");
    chart("Dice", "percent", metrics -> 100 * metrics.value("val_dice"));
    chart("IoU", "percent", metrics -> 100 * metrics.value("val_iou"));
    chart("Validation loss", "cross-entropy in nats", EpochMetrics::validationLoss);
    chart("Top-1", "percent", EpochMetrics::top1);
    chart("Balanced accuracy", "percent", metrics -> 100 * metrics.balancedAccuracy());
    chart("Macro-F1", "percent", metrics -> 100 * metrics.macroF1());
    chart(
        "Training loss", columns.containsAll(COLUMNS) ? "cross-entropy in nats" : "as it is minimised",
        EpochMetrics::trainLoss);
    chart("Learning rate", "of the epoch’s last step", EpochMetrics::learningRate);
    html.raw("</div>\n");
  }

  private void chart(String caption, String yName, ToDoubleFunction<EpochMetrics> value) {
    XyChart chart = new XyChart(caption, "epoch", yName);
    for (RunResults run : runs) {
      double[] epochs = run.history().stream().mapToDouble(EpochMetrics::epoch).toArray();
      chart.curve(run.name(), epochs, run.history().stream().mapToDouble(value).toArray());
    }
    chart.to(html);
  }

  private void settings() {
    List<Map<String, String>> all = new ArrayList<>();
    Set<String> keys = new LinkedHashSet<>();
    for (RunResults run : runs) {
      Map<String, String> settings = new LinkedHashMap<>(settings(run.configuration()));
      run.facts().forEach((name, value) -> settings.put(name, value));
      all.add(settings);
      keys.addAll(settings.keySet());
    }
    keys.removeIf(key -> all.stream().map(one -> one.getOrDefault(key, "")).distinct().count() == 1);
    html.raw("<h2 id=\"settings\">Settings that differ</h2>\n");
    if (keys.isEmpty()) {
      html.raw("<p>None.</p>\n");
      return;
    }
    html.raw("<div class=\"scroll\" tabindex=\"0\"><table class=\"facts\"><thead><tr><th></th>");
    runs.forEach(run -> html.add("<th class=\"name\" scope=\"col\">%s</th>", run.name()));
    html.raw("</tr></thead>\n<tbody>\n");
    for (String key : keys) {
      html.add("<tr><th scope=\"row\">%s</th>", key);
      all.forEach(one -> html.add("<td>%s</td>", one.getOrDefault(key, "–")));
      html.raw("</tr>\n");
    }
    html.raw("</tbody></table></div>\n");
  }

  /** The settings of a {@code config.yaml} as this engine writes it, by their path: {@code TRAIN.BASE_LR}. */
  static Map<String, String> settings(String configuration) {
    Map<String, String> settings = new LinkedHashMap<>();
    List<String> path = new ArrayList<>();
    for (String line : configuration.lines().toList()) {
      int colon = line.indexOf(':');
      int indent = line.length() - line.stripLeading().length();
      if (colon < 0 || line.strip().startsWith("#")) {
        continue;
      }
      while (path.size() > indent / 2) {
        path.remove(path.size() - 1);
      }
      path.add(line.substring(indent, colon));
      String value = line.substring(colon + 1).strip();
      if (!value.isEmpty()) {
        settings.put(String.join(".", path), value);
      }
    }
    return settings;
  }
}
