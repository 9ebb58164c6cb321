package org.swinengine.report;

import java.util.List;
import java.util.Locale;
import org.swinengine.metrics.Figure;

/** The figures that stand first, and what to look at before them. */
final class Headline {
  private Headline() {}

  /** A figure as a card. */
  private static void card(Html html, String name, String value, String below, boolean strong) {
    html.add(
        "<div%s><span class=\"name\">%s</span><b>%s</b><span class=\"below\">%s</span></div>%n",
        new Html.Raw(strong ? " class=\"strong\"" : ""), name, value, below);
  }

  static void card(Html html, String name, Figure figure, boolean percent, boolean strong) {
    if (!Double.isNaN(figure.value())) {
      card(html, name, number(figure.value(), percent), interval(figure, percent), strong);
    }
  }

  /** A figure's number: in percent with one digit, or as it is with three. */
  static String number(double value, boolean percent) {
    if (Double.isNaN(value)) {
      return "–";
    }
    return minus(String.format(Locale.ROOT, percent ? "%.1f %%" : "%.3f", percent ? 100 * value : value));
  }

  /** Like {@code 71.2–74.0}; nothing without an interval. */
  static String interval(Figure figure, boolean percent) {
    if (!figure.hasInterval()) {
      return "";
    }
    double scale = percent ? 100 : 1;
    String format = percent ? "%.1f – %.1f" : "%.3f – %.3f";
    return minus(String.format(Locale.ROOT, format, scale * figure.low(), scale * figure.high()));
  }

  /** As it is set, which is not so easily taken for a dash. */
  private static String minus(String numbers) {
    return numbers.replace('-', '−');
  }

  static void findings(Html html, List<String> findings) {
    if (findings.isEmpty()) {
      return;
    }
    html.raw("<section class=\"findings\"><h2>What to look at</h2>\n<ul>\n");
    findings.forEach(finding -> html.raw("<li>" + Html.sentence(finding) + "</li>\n"));
    html.raw("</ul></section>\n");
  }

  static void of(Html html, EvaluationSummary evaluation) {
    html.raw("<div class=\"figures\">\n");
    allCards(html, evaluation);
    html.raw("</div>\n");
    draws(html, evaluation);
  }

  static void ofRun(Html html, RunResults run) {
    EvaluationSummary evaluation = run.evaluation();
    html.raw("<div class=\"figures\">\n");
    if (run.segmentation() != null) {
      SegmentationSection.cards(html, run.segmentation());
    } else if (evaluation != null) {
      allCards(html, evaluation);
    } else if (run.bestEpoch() > 0 && !Double.isNaN(run.bestTop1())) {
      card(html, "best top-1", number(run.bestTop1() / 100, true), "", true);
    }
    if (run.bestEpoch() > 0) {
      card(
          html, "best epoch", run.bestEpoch() + " of " + run.history().size(),
          "by " + (run.bestBy() == null ? "top-1" : run.bestBy()), false);
    }
    html.raw("</div>\n");
    if (evaluation != null) {
      draws(html, evaluation);
    }
  }

  private static void allCards(Html html, EvaluationSummary evaluation) {
    if (evaluation.isMultiLabel()) {
      cardsOfSeveral(html, evaluation);
    } else {
      cards(html, evaluation);
    }
    card(html, "log loss", evaluation.figure("log_loss"), false, false);
    card(html, "calibration error", evaluation.figure("ece"), true, false);
    card(html, "images", String.format(Locale.ROOT, "%,d", evaluation.images()),
        evaluation.classNames().size() + " classes", false);
  }

  /** Of images that may have several classes. */
  private static void cardsOfSeveral(Html html, EvaluationSummary evaluation) {
    card(html, "mean AUC", evaluation.figure("auc"), false, true);
    card(html, "mean AP", evaluation.figure("average_precision"), false, true);
    card(html, "macro-F1 at the thresholds", evaluation.figure("macro_f1_tuned"), true, true);
    card(html, "micro-F1 at the thresholds", evaluation.figure("micro_f1_tuned"), true, false);
    card(html, "macro-F1 at 0.5", evaluation.figure("macro_f1"), true, false);
    card(html, "micro-F1 at 0.5", evaluation.figure("micro_f1"), true, false);
    card(html, "all classes right", evaluation.figure("exact_match"), true, false);
    card(html, "answers right", evaluation.figure("accuracy"), true, false);
  }

  private static void cards(Html html, EvaluationSummary evaluation) {
    card(html, "top-1 accuracy", evaluation.figure("accuracy"), true, true);
    card(html, "balanced accuracy", evaluation.figure("balanced_accuracy"), true, true);
    card(html, "macro-F1", evaluation.figure("macro_f1"), true, true);
    card(html, "top-5 accuracy", evaluation.figure("top5_accuracy"), true, false);
    card(html, "AUC", evaluation.figure("auc"), false, false);
    card(html, "Cohen’s κ", evaluation.figure("kappa"), false, false);
    if (isOrdered(evaluation.classNames())) {
      card(html, "quadratic κ", evaluation.figure("quadratic_kappa"), false, false);
    }
    card(html, "Matthews", evaluation.figure("mcc"), false, false);
    card(html, "mean AP", evaluation.figure("average_precision"), false, false);
  }

  /** Whether the classes are numbers that rise: grades. */
  static boolean isOrdered(List<String> names) {
    long last = Long.MIN_VALUE;
    for (String name : names) {
      if (!name.matches("-?[0-9]{1,9}") || Long.parseLong(name) <= last) {
        return false;
      }
      last = Long.parseLong(name);
    }
    return names.size() > 2;
  }

  private static void draws(Html html, EvaluationSummary evaluation) {
    if (evaluation.draws() > 0) {
      boolean grouped = evaluation.groups() < evaluation.images();
      html.add(
          "<p class=\"faint\">Below each figure stands its 95 %% interval: what other images of the same kind"
              + " might have given, by %,d bootstrap draws of %,d %s. %s count"
              + " every class alike, however many images it has.</p>%n",
          evaluation.draws(), evaluation.groups(), grouped ? "groups of images" : "images",
          evaluation.isMultiLabel() ? "Means and macro-F1" : "Balanced accuracy and macro-F1");
    }
  }
}
