package org.swinengine.report;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Single images: predictions with their pictures, and labels that may be wrong. */
final class SamplesSection {
  private SamplesSection() {}

  static void to(Html html, EvaluationSummary evaluation, String images, RunPictures pictures) {
    List<EvaluationSummary.Sample> wrong =
        evaluation.samples().stream().filter(sample -> sample.actual() != sample.predicted()).toList();
    List<EvaluationSummary.Sample> right =
        evaluation.samples().stream().filter(sample -> sample.actual() == sample.predicted()).toList();
    if (!wrong.isEmpty()) {
      html.raw("<h2 id=\"mistakes\">Worst mistakes</h2>\n<p class=\"faint\">Where the model was surest of a"
          + " wrong class. A wrong label often is among them.</p>\n");
      if (wrong.stream().anyMatch(sample -> pictures.heatOf(sample) != null)) {
        html.raw("<p class=\"faint\">From blue to red: Grad-CAM shows which places spoke for the wrong class,"
            + " attention rollout which places arrived at the answer at all.</p>\n");
      }
      // Three pictures side by side take another grid than one.
      gallery(
          html, evaluation, wrong.stream().filter(one -> pictures.heatOf(one) != null).toList(), pictures);
      gallery(
          html, evaluation, wrong.stream().filter(one -> pictures.heatOf(one) == null).toList(), pictures);
    }
    if (!right.isEmpty()) {
      html.add("<h2 id=\"hits\">Right ones</h2>%n<p class=\"faint\">From a cross-section of the %s.</p>%n",
          images);
      gallery(html, evaluation, right, RunPictures.NONE);
    }
  }

  private static void gallery(
      Html html, EvaluationSummary evaluation, List<EvaluationSummary.Sample> samples,
      RunPictures pictures) {
    if (samples.isEmpty()) {
      return;
    }
    boolean explained = pictures.heatOf(samples.get(0)) != null;
    html.add("<div class=\"samples%s\">%n", new Html.Raw(explained ? " explained" : ""));
    for (EvaluationSummary.Sample sample : samples) {
      boolean right = sample.actual() == sample.predicted();
      html.raw("<figure>" + images(sample.name(), sample.picture(), pictures.heatOf(sample)));
      html.add("<figcaption><span class=\"%s\">%s %s <small>%.0f %%</small></span>",
          right ? "right" : "wrong", right ? "✓" : "✗", evaluation.classNames().get(sample.predicted()),
          100 * sample.probability());
      if (!right) {
        html.add("<span>is %s</span>", evaluation.classNames().get(sample.actual()));
      }
      html.add("<span class=\"faint\">%s</span></figcaption></figure>%n", sample.name());
    }
    html.raw("</div>\n");
  }

  /** The picture, and beside it what explains the answer. */
  static String images(String name, Thumbnail shown, @Nullable HeatPicture heat) {
    String picture = shown.image(name);
    if (heat == null) {
      return picture;
    }
    Thumbnail rollout = heat.rollout();
    return "<div class=\"heats\">" + picture + part(heat.gradCam(), "Grad-CAM")
        + (rollout == null ? "" : part(rollout, "attention")) + "</div>";
  }

  private static String part(Thumbnail heat, String method) {
    return "<div>" + heat.image(method) + "<small>" + method + "</small></div>";
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
