package org.swinengine.report;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import javax.imageio.ImageIO;
import org.swinengine.console.Durations;
import org.swinengine.data.Interpolation;
import org.swinengine.data.RawImage;
import org.swinengine.data.Resize;
import org.swinengine.inference.Evaluation;

/**
 * {@code report.html}: one file without scripts and without anything from elsewhere. It is well-formed XML as
 * well.
 */
public final class Report {
  /** Above this number of classes a confusion matrix is a wall of digits. */
  private static final int MOST_CONFUSION_CLASSES = 40;

  private static final int PICTURE_SIDE = 192;

  private final StringBuilder html = new StringBuilder();

  private Report() {}

  /**
   * The report of a run as it stands.
   *
   * @throws IOException if a sample's picture cannot be read
   */
  public static String html(RunResults run) throws IOException {
    Report report = new Report();
    report.head(run);
    report.curves(run.history());
    if (run.evaluation() != null) {
      report.confusion(run.evaluation());
      report.perClass(run.evaluation());
      report.samples(run.evaluation(), run.classNames(), "validation images");
    }
    report.configuration(run.configuration());
    report.html.append("</body>\n</html>\n");
    return report.html.toString();
  }

  /**
   * The report of a measurement.
   *
   * @param about one line on the model and the device
   * @param data one line on the data
   * @throws IOException if a sample's picture cannot be read
   */
  static String html(String title, String about, String data, Evaluation evaluation)
      throws IOException {
    Report report = new Report();
    report.begin(title);
    report.html.append("<p>").append(escape(data)).append("</p>\n");
    report.add("<p class=\"faint\">%s</p>%n", escape(about));
    report.html.append("<div class=\"figures\">\n");
    report.figure(String.format(Locale.ROOT, "%.2f %%", evaluation.top1()), "top-1");
    report.figure(String.format(Locale.ROOT, "%.2f %%", evaluation.top5()), "top-5");
    report.figure(String.format(Locale.ROOT, "%.4f", evaluation.loss()), "loss");
    report.figure(Integer.toString(evaluation.images()), "images");
    report.html.append("</div>\n");
    report.confusion(evaluation);
    report.perClass(evaluation);
    report.samples(evaluation, evaluation.perClass().stream().map(Evaluation.ClassMetrics::name).toList(),
        "images");
    report.html.append("</body>\n</html>\n");
    return report.html.toString();
  }

  /**
   * Text as it stands in HTML and XML; control characters, which XML cannot hold, become a replacement sign.
   */
  static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replaceAll("[\\x00-\\x08\\x0B\\x0C\\x0E-\\x1F]", "\uFFFD");
  }

  private void add(String format, Object... arguments) {
    html.append(String.format(Locale.ROOT, format, arguments));
  }

  private void head(RunResults run) {
    begin("Training run " + run.name());
    html.append("<p>").append(escape(run.data())).append("</p>\n");
    add("<p class=\"faint\">%s</p>%n", escape(run.about()));
    if (run.stoppedAfter() != null) {
      add("<p class=\"wrong\">The run was stopped after %d steps and can be resumed.</p>%n",
          run.stoppedAfter());
    }
    html.append("<div class=\"figures\">\n");
    if (run.bestEpoch() > 0) {
      boolean usual = run.bestBy() == null;
      figure(String.format(Locale.ROOT, "%.2f %%", run.bestTop1()), usual ? "best top-1" : "top-1");
      figure(Integer.toString(run.bestEpoch()), usual ? "in epoch" : "in epoch, the best by " + run.bestBy());
    }
    if (run.evaluation() != null) {
      figure(String.format(Locale.ROOT, "%.2f %%", run.evaluation().top5()), "its top-5");
      figure(String.format(Locale.ROOT, "%.4f", run.evaluation().loss()), "its validation loss");
    }
    double seconds = run.history().stream().mapToDouble(EpochMetrics::seconds).sum();
    figure(Durations.text(seconds), "for " + run.history().size() + " epochs");
    html.append("</div>\n");
  }

  private void begin(String title) {
    html.append("<!DOCTYPE html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">\n<head>\n");
    html.append("<meta charset=\"utf-8\"/>\n");
    html.append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n");
    html.append("<title>").append(escape(title)).append("</title>\n");
    html.append("<style>\n").append(css()).append("</style>\n");
    html.append("</head>\n<body>\n<h1>").append(escape(title)).append("</h1>\n");
  }

  private void figure(String value, String what) {
    add("<div><b>%s</b>%s</div>%n", value, what);
  }

  private static String css() {
    try (InputStream in = Report.class.getResourceAsStream("report.css")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void curves(List<EpochMetrics> history) {
    if (history.isEmpty()) {
      return;
    }
    html.append("<h2>Curves</h2>\n<div class=\"charts\">\n");
    chart(
        history, "Loss",
        series("training", history, EpochMetrics::trainLoss),
        series("validation", history, EpochMetrics::validationLoss));
    chart(
        history, "Validation accuracy in percent",
        series("top-1", history, EpochMetrics::top1),
        series("top-5", history, EpochMetrics::top5));
    chart(history, "Learning rate", series("at the epoch's end", history, EpochMetrics::learningRate));
    html.append("</div>\n");
  }

  private static LineChart.Series series(
      String name, List<EpochMetrics> history, ToDoubleFunction<EpochMetrics> value) {
    return new LineChart.Series(name, history.stream().mapToDouble(value).toArray());
  }

  private void chart(List<EpochMetrics> history, String caption, LineChart.Series... series) {
    int[] epochs = history.stream().mapToInt(EpochMetrics::epoch).toArray();
    html.append("<figure><figcaption>").append(escape(caption)).append("</figcaption>\n");
    html.append(new LineChart(epochs, List.of(series)).svg(caption)).append("</figure>\n");
  }

  private void confusion(Evaluation evaluation) {
    int[][] counts = evaluation.confusion();
    if (counts.length > MOST_CONFUSION_CLASSES) {
      return;
    }
    html.append("<h2>Confusion matrix</h2>\n<p class=\"faint\">Rows are the true classes, columns the");
    html.append(" predictions.</p>\n");
    html.append("<div class=\"scroll\"><table class=\"confusion\">\n<thead><tr><th></th>");
    evaluation.perClass().forEach(c -> add("<th>%s</th>", escape(c.name())));
    html.append("</tr></thead>\n<tbody>\n");
    for (int actual = 0; actual < counts.length; actual++) {
      Evaluation.ClassMetrics row = evaluation.perClass().get(actual);
      add("<tr><th class=\"name\">%s</th>", escape(row.name()));
      for (int count : counts[actual]) {
        double share = row.images() == 0 ? 0 : (double) count / row.images();
        String shown = count == 0 ? "" : Integer.toString(count);
        add("<td style=\"background: rgba(var(--heat), %.3f)\">%s</td>", 0.65 * share, shown);
      }
      html.append("</tr>\n");
    }
    html.append("</tbody></table></div>\n");
  }

  private void perClass(Evaluation evaluation) {
    html.append("<h2>Classes</h2>\n<div class=\"scroll\"><table>\n<thead><tr><th class=\"name\">class</th>");
    html.append("<th>images</th><th>precision</th><th>recall</th><th>F1</th></tr></thead>\n<tbody>\n");
    for (Evaluation.ClassMetrics c : evaluation.perClass()) {
      add(
          "<tr><th class=\"name\">%s</th><td>%d</td><td>%.3f</td><td>%.3f</td><td>%.3f</td></tr>%n",
          escape(c.name()), c.images(), c.precision(), c.recall(), c.f1());
    }
    html.append("</tbody></table></div>\n");
  }

  private void samples(Evaluation evaluation, List<String> names, String images) throws IOException {
    if (evaluation.samples().isEmpty()) {
      return;
    }
    html.append("<h2>Predictions</h2>\n<p class=\"faint\">The most confident mistakes first, then a");
    html.append(" cross-section of the ").append(images).append(".</p>\n<div class=\"samples\">\n");
    for (Evaluation.Sample sample : evaluation.samples()) {
      RawImage image = sample.picture().load();
      boolean small = Math.max(image.height(), image.width()) <= 64;
      add(
          "<div><img alt=\"%s\"%s src=\"data:image/png;base64,%s\"/>%n", escape(sample.name()),
          small ? " class=\"small\"" : "", png(image));
      add(
          "<span class=\"%s\">%s %s (%.0f %%)</span>", sample.isRight() ? "right" : "wrong",
          sample.isRight() ? "✓" : "✗", escape(names.get(sample.predicted())), 100 * sample.probability());
      if (!sample.isRight()) {
        add("<br/>is %s", escape(names.get(sample.actual())));
      }
      add("<br/><span class=\"faint\">%s</span></div>%n", escape(sample.name()));
    }
    html.append("</div>\n");
  }

  private static String png(RawImage original) {
    RawImage image = original;
    int longer = Math.max(image.height(), image.width());
    if (longer > PICTURE_SIDE) {
      int height = Math.max(1, image.height() * PICTURE_SIDE / longer);
      int width = Math.max(1, image.width() * PICTURE_SIDE / longer);
      image = Resize.exactly(height, width, Interpolation.BICUBIC).apply(image, null);
    }
    byte[] pixels = image.withChannels(3).pixels();
    BufferedImage picture = new BufferedImage(image.width(), image.height(), BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < image.width() * image.height(); i++) {
      int rgb = (pixels[3 * i] & 255) << 16 | (pixels[3 * i + 1] & 255) << 8 | pixels[3 * i + 2] & 255;
      picture.setRGB(i % image.width(), i / image.width(), rgb);
    }
    try (ByteArrayOutputStream out = new ByteArrayOutputStream()) {
      ImageIO.write(picture, "png", out);
      return Base64.getEncoder().encodeToString(out.toByteArray());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void configuration(String text) {
    html.append("<h2>Configuration</h2>\n<pre>").append(escape(text)).append("</pre>\n");
  }
}
