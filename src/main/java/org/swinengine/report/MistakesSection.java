package org.swinengine.report;

import java.util.List;
import java.util.stream.Collectors;

/** Of each class that is a yes or no, the surest wrong answers with their pictures. */
final class MistakesSection {
  private MistakesSection() {}

  static void to(Html html, EvaluationSummary evaluation, RunPictures pictures) {
    List<EvaluationSummary.Mistake> mistakes = evaluation.mistakes();
    if (mistakes == null || mistakes.isEmpty()) {
      return;
    }
    html.raw("<h2 id=\"mistakes\">Worst mistakes</h2>\n<p class=\"faint\">Of each class what was said most"
        + " surely of images that do not have it, and least of images that have it. A wrong label often is"
        + " among them.</p>\n");
    if (mistakes.stream().anyMatch(one -> isExplained(one, pictures))) {
      html.raw("<p class=\"faint\">From blue to red: Grad-CAM shows which places spoke for the class,"
          + " attention rollout which places arrived at the answer at all.</p>\n");
    }
    for (int label = 0; label < evaluation.classNames().size(); label++) {
      int of = label;
      List<EvaluationSummary.Mistake> its = mistakes.stream().filter(one -> one.label() == of).toList();
      if (!its.isEmpty()) {
        html.add("<h3>%s</h3>%n", evaluation.classNames().get(label));
        // Three pictures side by side take another grid than one.
        gallery(html, evaluation, its.stream().filter(one -> isExplained(one, pictures)).toList(), pictures);
        gallery(html, evaluation, its.stream().filter(one -> !isExplained(one, pictures)).toList(), pictures);
      }
    }
  }

  private static boolean isExplained(EvaluationSummary.Mistake one, RunPictures pictures) {
    return pictures.heatOf(one.name(), one.label()) != null;
  }

  private static void gallery(
      Html html, EvaluationSummary evaluation, List<EvaluationSummary.Mistake> mistakes,
      RunPictures pictures) {
    if (mistakes.isEmpty()) {
      return;
    }
    boolean explained = isExplained(mistakes.get(0), pictures);
    html.add("<div class=\"samples%s\">%n", new Html.Raw(explained ? " explained" : ""));
    for (boolean said : new boolean[] {true, false}) {
      for (EvaluationSummary.Mistake one : mistakes) {
        if (one.said() != said) {
          continue;
        }
        html.raw("<figure>"
            + SamplesSection.images(one.name(), one.picture(), pictures.heatOf(one.name(), one.label())));
        html.add(
            "<figcaption><span class=\"wrong\">%s <small>%.0f %%</small></span><span>is %s</span>"
                + "<span class=\"faint\">%s</span></figcaption></figure>%n",
            said ? "✗ said" : "✗ missed", 100 * one.probability(), is(evaluation, one), one.name());
      }
    }
    html.raw("</div>\n");
  }

  private static String is(EvaluationSummary evaluation, EvaluationSummary.Mistake one) {
    return one.actual().isEmpty() ? "none of the classes"
        : one.actual().stream().map(evaluation.classNames()::get).collect(Collectors.joining(", "));
  }
}
