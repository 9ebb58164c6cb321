package org.swinengine.report;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.swinengine.console.Durations;
import org.swinengine.console.PlainText;
import org.swinengine.inference.FoldsFolder;

/**
 * {@code report.html}: one file that needs nothing from elsewhere. It is well-formed XML as well; without
 * scripts it lacks only what moves.
 */
public final class Report {
  private Report() {}

  /** The report of a run as it stands, without pictures of training and heat maps. */
  public static String html(RunResults run) {
    return html(run, RunPictures.NONE, null);
  }

  /**
   * The report of a run.
   *
   * @param pictures what it shows beside the figures
   * @param rates how its learning rate was found; null: it was given
   */
  public static String html(RunResults run, RunPictures pictures, @Nullable RateCurve rates) {
    Html html = new Html();
    html.add("<header><p class=\"kind\">Training run</p><h1>%s</h1>%n<p>%s</p>%n<p class=\"faint\">%s</p>%n",
        run.name(), run.data(), run.about());
    if (run.stoppedAfter() != null) {
      html.add(
          "<p class=\"notice\">The run was stopped after %d steps and can be resumed.</p>%n",
          run.stoppedAfter());
    }
    html.raw("</header>\n");
    Headline.findings(html, run.findings());
    Headline.ofRun(html, run);
    CurvesSection.to(html, run.history());
    RatesSection.to(html, rates);
    SeenSection.to(html, pictures.seen());
    if (run.evaluation() != null) {
      evaluation(html, run.evaluation(), "validation images", pictures);
    }
    if (run.segmentation() != null) {
      SegmentationSection.to(html, run.segmentation());
    }
    if (run.suspects() != null) {
      SuspectsSection.to(html, run.suspects());
    }
    about(html, run);
    pictures.missing().forEach(
        missing -> html.raw("<p class=\"faint\">" + Html.sentence(missing) + "</p>\n"));
    configuration(html, run);
    return Page.of("Training run " + run.name(), html);
  }

  static void configuration(Html html, RunResults run) {
    html.add("<h2 id=\"configuration\">Configuration</h2>%n<pre tabindex=\"0\">%s</pre>%n",
        new Html.Raw(configuration(run)));
  }

  /** Line by line: what cannot be seen is written out, but for the lines' ends. */
  private static String configuration(RunResults run) {
    return run.configuration().lines().map(line -> Html.escape(PlainText.line(line)) + "\n")
        .collect(Collectors.joining());
  }

  /**
   * The report of a run's folder, from what it holds.
   *
   * @throws IOException with a sentence for the user if the folder is not a run's, or a file of it is damaged
   */
  public static String ofFolder(Path folder) throws IOException {
    return ofFolder(folder, RunPictures.read(folder));
  }

  /** The same with other pictures than those in the folder. */
  public static String ofFolder(Path folder, RunPictures pictures) throws IOException {
    return FoldsFolder.isOne(folder)
        ? FoldsReport.html(folder)
        : html(StoredRun.read(folder), pictures, RateCurve.read(folder));
  }

  static void about(Html html, RunResults run) {
    Map<String, String> facts = new LinkedHashMap<>(run.facts());
    if (!run.history().isEmpty()) {
      double seconds = run.history().stream().mapToDouble(EpochMetrics::seconds).sum();
      facts.put("duration", Durations.text(seconds) + " for " + run.history().size() + " epochs");
      long memory = run.history().stream().mapToLong(EpochMetrics::peakResidentMegabytes).max().orElse(0);
      if (memory > 0) {
        facts.put("memory", memory + " MB at the most");
      }
    }
    facts(html, facts);
  }

  /** A table of names and values. */
  static void facts(Html html, Map<String, String> facts) {
    html.raw("<h2 id=\"about\">How it was made</h2>\n<div class=\"scroll\" tabindex=\"0\">");
    html.raw("<table class=\"facts\"><tbody>\n");
    facts.forEach((name, value) -> html.add("<tr><th>%s</th><td>%s</td></tr>%n", name, value));
    html.raw("</tbody></table></div>\n");
  }

  /**
   * The report of a measurement.
   *
   * @param about one line on the model and the device
   * @param data one line on the data
   * @param facts what else identifies it, by name
   * @param findings sentences on what is wrong, if something is
   * @param pictures with heat maps of the mistakes
   */
  static String html(
      String title, String about, String data, Map<String, String> facts, List<String> findings,
      EvaluationSummary evaluation, RunPictures pictures) {
    Html html = new Html();
    html.add("<header><p class=\"kind\">Evaluation</p><h1>%s</h1>%n<p>%s</p>%n<p class=\"faint\">%s</p>%n"
        + "</header>%n", title, data, about);
    Headline.findings(html, findings);
    Headline.of(html, evaluation);
    evaluation(html, evaluation, "images", pictures);
    facts(html, facts);
    return Page.of("Evaluation of " + title, html);
  }

  /** The same of a measurement of pixels' classes. */
  static String html(
      String title, String about, String data, Map<String, String> facts, SegmentationSummary evaluation) {
    Html html = new Html();
    html.add("<header><p class=\"kind\">Evaluation</p><h1>%s</h1>%n<p>%s</p>%n<p class=\"faint\">%s</p>%n"
        + "</header>%n<div class=\"figures\">%n", title, data, about);
    SegmentationSection.cards(html, evaluation);
    html.raw("</div>\n");
    SegmentationSection.to(html, evaluation);
    facts(html, facts);
    return Page.of("Evaluation of " + title, html);
  }

  static void evaluation(
      Html html, EvaluationSummary evaluation, String images, RunPictures pictures) {
    if (!evaluation.isMultiLabel()) {
      ConfusionSection.to(html, evaluation);
    }
    ClassesSection.to(html, evaluation);
    ThresholdSection.to(html, evaluation);
    MistakesSection.to(html, evaluation, pictures);
    SamplesSection.to(html, evaluation, images, pictures);
    SamplesSection.doubts(html, evaluation);
  }
}
