package org.swinengine.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.swinengine.inference.CheckpointException;
import org.swinengine.inference.FoldsFolder;
import org.swinengine.metrics.Figure;
import org.swinengine.metrics.segmentation.PixelFigure;

/** The page of a cross-validation: all out-of-fold predictions together, and what each fold gave. */
public final class FoldsReport {
  /** A figure that folds are compared by. */
  private record Column(String key, String name, boolean percent) {}

  /** Where images may have several classes. */
  private static final List<Column> ANSWERS =
      List.of(
          new Column("auc", "mean AUC", false),
          new Column("average_precision", "mean AP", false),
          new Column("macro_f1", "macro-F1", true),
          new Column("macro_f1_tuned", "macro-F1 at thresholds", true),
          new Column("exact_match", "all classes right", true),
          new Column("accuracy", "answers right", true),
          new Column("log_loss", "log loss", false));

  private static final List<Column> CLASSES =
      List.of(
          new Column("accuracy", "top-1", true),
          new Column("balanced_accuracy", "balanced accuracy", true),
          new Column("macro_f1", "macro-F1", true),
          new Column("auc", "AUC", false),
          new Column("kappa", "Cohen’s κ", false),
          new Column("mcc", "Matthews", false),
          new Column("log_loss", "log loss", false),
          new Column("ece", "calibration error", true));

  /** Where each pixel has a class; those that were measured are shown. */
  private static final List<Column> OF_PIXELS =
      Arrays.stream(PixelFigure.values())
          .map(
              figure -> new Column(
                  figure.key(), figure.title(), figure.unit() == PixelFigure.Unit.SHARE))
          .toList();

  private final Html html = new Html();
  private final RunResults run;
  private final List<Column> columns;
  private final FoldsSummary folds;
  private final List<List<EpochMetrics>> histories;

  private FoldsReport(RunResults run, FoldsSummary folds, List<List<EpochMetrics>> histories) {
    this.run = run;
    this.folds = folds;
    this.histories = histories;
    List<Column> ofImages = folds.thresholds() == null ? CLASSES : ANSWERS;
    columns =
        run.segmentation() == null
            ? ofImages
            : OF_PIXELS.stream()
                .filter(column -> !Double.isNaN(folds.figure(column.key()).pooled().value())).toList();
  }

  /**
   * The page of a folder with {@code folds.json}; of folds that are not complete, that of the curves alone.
   *
   * @throws IOException with a sentence for the user if the folder cannot be read
   */
  public static String html(Path folder) throws IOException {
    RunResults run = StoredRun.read(folder);
    FoldsFolder found = found(folder);
    if (!found.complete()) {
      return Report.html(run);
    }
    try {
      return new FoldsReport(run, FoldsSummary.of(found.text()), histories(found)).page();
    } catch (IllegalArgumentException e) {
      throw new IOException(
          folder.resolve(FoldsFolder.FILE) + " lacks figures (" + e.getMessage() + "); the file is damaged",
          e);
    }
  }

  private static FoldsFolder found(Path folder) throws IOException {
    try {
      return FoldsFolder.read(folder);
    } catch (CheckpointException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  /** The metrics of each fold that has begun. */
  private static List<List<EpochMetrics>> histories(FoldsFolder folder) throws IOException {
    List<List<EpochMetrics>> all = new ArrayList<>();
    for (int fold = 1; fold <= folder.count(); fold++) {
      Path file = folder.fold(fold).resolve("metrics.jsonl");
      if (Files.isRegularFile(file)) {
        all.add(StoredRun.history(file));
      }
    }
    return all;
  }

  /**
   * Means over the folds, of the epochs that all of them have; their times are the sums.
   *
   * @param folder with {@code folds.json}
   */
  static List<EpochMetrics> meanHistory(Path folder) throws IOException {
    List<List<EpochMetrics>> all = histories(found(folder));
    int epochs = all.stream().mapToInt(List::size).min().orElse(0);
    List<EpochMetrics> means = new ArrayList<>();
    for (int e = 0; e < epochs; e++) {
      int number = e;
      List<EpochMetrics> epoch = all.stream().map(fold -> fold.get(number)).toList();
      means.add(
          new EpochMetrics(
              e + 1,
              epoch.stream().mapToLong(EpochMetrics::step).max().orElse(0),
              mean(epoch, EpochMetrics::trainLoss),
              mean(epoch, EpochMetrics::validationLoss),
              values(epoch),
              mean(epoch, EpochMetrics::learningRate),
              mean(epoch, EpochMetrics::gradientNorm),
              mean(epoch, EpochMetrics::imagesPerSecond),
              epoch.stream().mapToDouble(EpochMetrics::seconds).sum(),
              epoch.stream().mapToLong(EpochMetrics::peakResidentMegabytes).max().orElse(0)));
    }
    return means;
  }

  /** Means of the figures that all folds have. */
  private static Map<String, Double> values(List<EpochMetrics> folds) {
    Map<String, Double> means = new LinkedHashMap<>();
    for (String key : folds.get(0).values().keySet()) {
      means.put(key, mean(folds, fold -> fold.values().getOrDefault(key, Double.NaN)));
    }
    return means;
  }

  private static double mean(List<EpochMetrics> folds, ToDoubleFunction<EpochMetrics> value) {
    return folds.stream().mapToDouble(value).sum() / folds.size();
  }

  private String page() {
    html.add("<header><p class=\"kind\">Cross-validation</p><h1>%s</h1>%n<p>%s</p>%n<p class=\"faint\">%s</p>"
        + "%n</header>%n", run.name(), run.data(), run.about());
    Headline.findings(html, run.findings());
    EvaluationSummary evaluation = run.evaluation();
    if (evaluation != null) {
      Headline.of(html, evaluation);
    }
    SegmentationSummary pixels = run.segmentation();
    if (pixels != null) {
      html.raw("<div class=\"figures\">\n");
      SegmentationSection.cards(html, pixels);
      html.raw("</div>\n");
    }
    table();
    test();
    curves();
    if (evaluation != null) {
      Report.evaluation(html, evaluation, "images, each by the fold that has not learnt from it",
          RunPictures.NONE);
    }
    if (pixels != null) {
      SegmentationSection.to(html, pixels);
    }
    Report.about(html, run);
    Report.configuration(html, run);
    return Page.of("Cross-validation " + run.name(), html);
  }

  private void table() {
    html.raw("<h2 id=\"folds\">Folds</h2>\n<p class=\"faint\">Each fold learns from the images of all others"
        + " and is measured on its own. Pooled: the predictions of all folds together, an image once, with"
        + " 95 % intervals; this is the figure to report. The standard deviation says how much one training"
        + " differs from the next, not how sure the mean is.</p>\n"
        + "<div class=\"scroll\" tabindex=\"0\"><table><thead><tr>"
        + "<th class=\"name\" scope=\"col\">fold</th><th scope=\"col\">images</th>"
        + "<th scope=\"col\">best epoch</th>");
    columns.forEach(column -> html.add("<th scope=\"col\">%s</th>", column.name()));
    html.raw("</tr></thead>\n<tbody>\n");
    int images = 0;
    for (int f = 0; f < folds.each().size(); f++) {
      FoldsSummary.OfFold fold = folds.each().get(f);
      images += fold.images();
      html.add("<tr><th class=\"name\" scope=\"row\">%s</th><td>%d</td><td>%d of %d</td>", fold.folder(),
          fold.images(), fold.bestEpoch(), fold.epochs());
      int number = f;
      row(column -> value(folds.figure(column.key()).values(), number));
    }
    html.raw("<tr><th class=\"name\" scope=\"row\">mean</th><td></td><td></td>");
    row(column -> folds.figure(column.key()).mean());
    html.raw("<tr><th class=\"name\" scope=\"row\">standard deviation</th><td></td><td></td>");
    row(column -> folds.figure(column.key()).deviation());
    html.add("<tr><th class=\"name\" scope=\"row\">pooled</th><td>%d</td><td></td>", images);
    for (Column column : columns) {
      cell(folds.figure(column.key()).pooled(), column.percent());
    }
    html.raw("</tr>\n</tbody></table></div>\n");
  }

  private static double value(List<Double> values, int fold) {
    return fold < values.size() ? values.get(fold) : Double.NaN;
  }

  private void row(ToDoubleFunction<Column> value) {
    for (Column column : columns) {
      html.add("<td>%s</td>", Headline.number(value.applyAsDouble(column), column.percent()));
    }
    html.raw("</tr>\n");
  }

  private void cell(Figure figure, boolean percent) {
    html.add("<td class=\"best\">%s<small>%s</small></td>", Headline.number(figure.value(), percent),
        Headline.interval(figure, percent));
  }

  private void test() {
    FoldsSummary.OfTest test = folds.test();
    if (test == null) {
      return;
    }
    html.add(
        "<h2 id=\"test\">Images that no fold has seen</h2>%n<p class=\"faint\">The mean of the probabilities"
            + " of all %d models on %s.</p>%n<div class=\"scroll\" tabindex=\"0\"><table><thead><tr>"
            + "<th class=\"name\" scope=\"col\"></th><th scope=\"col\">images</th>",
        folds.each().size(), test.data());
    columns.forEach(column -> html.add("<th scope=\"col\">%s</th>", column.name()));
    html.add("</tr></thead>%n<tbody><tr><th class=\"name\" scope=\"row\">mean of the models</th><td>%d</td>",
        test.images());
    for (Column column : columns) {
      cell(
          test.figures().stream().filter(figure -> figure.key().equals(column.key())).findFirst()
              .orElse(Figure.of(column.key(), Double.NaN)),
          column.percent());
    }
    html.raw("</tr></tbody></table></div>\n");
  }

  private void curves() {
    html.raw("<h2 id=\"curves\">Curves</h2>\n");
    if (histories.size() > XyChart.MOST_SERIES) {
      html.add("<p class=\"faint\">Of the first %d folds.</p>%n", XyChart.MOST_SERIES);
    }
    html.raw("<div class=\"charts\">\n");
    chart("Training loss", run.segmentation() == null ? "cross-entropy in nats" : "as it is minimised",
        EpochMetrics::trainLoss);
    chart("Validation loss", "cross-entropy in nats", EpochMetrics::validationLoss);
    if (folds.thresholds() == null) {
      chart("Top-1", "percent", EpochMetrics::top1);
      chart("Balanced accuracy", "percent", metrics -> 100 * metrics.balancedAccuracy());
    } else {
      chart("Mean AP", "percent", metrics -> 100 * metrics.values().getOrDefault("val_map", Double.NaN));
    }
    chart("Macro-F1", "percent", metrics -> 100 * metrics.macroF1());
    chart("AUC", "percent", metrics -> 100 * metrics.auc());
    chart("Dice", "percent", metrics -> 100 * metrics.value("val_dice"));
    chart("IoU", "percent", metrics -> 100 * metrics.value("val_iou"));
    html.raw("</div>\n");
  }

  private void chart(String caption, String yName, ToDoubleFunction<EpochMetrics> value) {
    XyChart chart = new XyChart(caption, "epoch", yName);
    for (int f = 0; f < Math.min(histories.size(), XyChart.MOST_SERIES); f++) {
      List<EpochMetrics> history = histories.get(f);
      chart.curve(
          String.format(Locale.ROOT, "fold %d", f + 1),
          history.stream().mapToDouble(EpochMetrics::epoch).toArray(),
          history.stream().mapToDouble(value).toArray());
    }
    chart.to(html);
  }
}
