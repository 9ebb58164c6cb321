package org.swinengine.report;

import java.util.List;

/** Single images: predictions with their pictures, and labels that may be wrong. */
final class SamplesSection {
  private SamplesSection() {}

  static void to(Html html, EvaluationSummary evaluation, String images) {
    List<EvaluationSummary.Sample> wrong =
        evaluation.samples().stream().filter(sample -> sample.actual() != sample.predicted()).toList();
    List<EvaluationSummary.Sample> right =
        evaluation.samples().stream().filter(sample -> sample.actual() == sample.predicted()).toList();
    if (!wrong.isEmpty()) {
      html.raw("<h2 id=\"mistakes\">Worst mistakes</h2>\n<p class=\"faint\">Where the model was surest of a"
          + " wrong class. A wrong label often is among them.</p>\n");
      gallery(html, evaluation, wrong);
    }
    if (!right.isEmpty()) {
      html.add("<h2 id=\"hits\">Right ones</h2>%n<p class=\"faint\">From a cross-section of the %s.</p>%n",
          images);
      gallery(html, evaluation, right);
    }
  }

  private static void gallery(
      Html html, EvaluationSummary evaluation, List<EvaluationSummary.Sample> samples) {
    html.raw("<div class=\"samples\">\n");
    for (EvaluationSummary.Sample sample : samples) {
      boolean right = sample.actual() == sample.predicted();
      html.add(
          "<figure><img alt=\"%s\"%s src=\"data:image/png;base64,%s\"/><figcaption><span class=\"%s\">%s %s"
              + " <small>%.0f %%</small></span>",
          sample.name(), new Html.Raw(sample.picture().small() ? " class=\"small\"" : ""),
          sample.picture().png(), right ? "right" : "wrong", right ? "✓" : "✗",
          evaluation.classNames().get(sample.predicted()), 100 * sample.probability());
      if (!right) {
        html.add("<span>is %s</span>", evaluation.classNames().get(sample.actual()));
      }
      html.add("<span class=\"faint\">%s</span></figcaption></figure>%n", sample.name());
    }
    html.raw("</div>\n");
  }

  /** Confident learning's list. */
  static void doubts(Html html, EvaluationSummary evaluation) {
    if (evaluation.doubts().isEmpty()) {
      return;
    }
    html.add(
        "<h2 id=\"labels\">Labels to check</h2>%n<p class=\"faint\">Confident learning holds %,d of %,d"
            + " labels for wrong; the likeliest %d, surest first. A model that is often wrong makes this list"
            + " long: look at the pictures before you change anything.</p>%n",
        evaluation.doubted(), evaluation.images(), evaluation.doubts().size());
    html.raw("<div class=\"scroll tall\" tabindex=\"0\"><table><thead><tr><th class=\"name\">image</th>"
        + "<th class=\"name\">label</th><th class=\"name\">rather</th><th>probability of the label</th></tr>"
        + "</thead>\n<tbody>\n");
    for (EvaluationSummary.Doubt doubt : evaluation.doubts()) {
      html.add(
          "<tr><td class=\"name\">%s</td><td class=\"name\">%s</td><td class=\"name\">%s</td>"
              + "<td>%.3f</td></tr>%n",
          doubt.name(), evaluation.classNames().get(doubt.given()),
          evaluation.classNames().get(doubt.suggested()), doubt.selfConfidence());
    }
    html.raw("</tbody></table></div>\n");
  }
}
