package org.swinengine.report;

import java.util.List;
import java.util.function.ToDoubleFunction;

/** What the epochs gave. */
final class CurvesSection {
  private final double[] epochs;
  private final List<EpochMetrics> history;

  private CurvesSection(List<EpochMetrics> history) {
    this.history = history;
    epochs = of(EpochMetrics::epoch);
  }

  private double[] of(ToDoubleFunction<EpochMetrics> value) {
    return history.stream().mapToDouble(value).toArray();
  }

  static void to(Html html, List<EpochMetrics> history) {
    if (history.isEmpty()) {
      return;
    }
    CurvesSection section = new CurvesSection(history);
    html.raw("<h2 id=\"curves\">Curves</h2>\n<div class=\"charts\">\n");
    boolean pixels = history.stream().anyMatch(m -> Double.isFinite(m.value("val_dice")));
    section.chart("Loss", pixels ? "as minimised; validation: cross-entropy" : "cross-entropy in nats")
        .curve("training", section.epochs, section.of(EpochMetrics::trainLoss))
        .curve("validation", section.epochs, section.of(EpochMetrics::validationLoss))
        .to(html);
    section.chart("Validation", "percent")
        .curve("top-1", section.epochs, section.of(EpochMetrics::top1))
        .curve("balanced accuracy", section.epochs, section.of(m -> 100 * m.balancedAccuracy()))
        .curve("macro-F1", section.epochs, section.of(m -> 100 * m.macroF1()))
        .curve("Dice", section.epochs, section.of(m -> 100 * m.value("val_dice")))
        .curve("IoU", section.epochs, section.of(m -> 100 * m.value("val_iou")))
        .curve("AUC", section.epochs, section.of(m -> 100 * m.auc()))
        .curve("mean AP", section.epochs, section.of(m -> 100 * m.value("val_map")))
        .to(html);
    section.chart("Learning rate", "of the epoch’s last step")
        .curve("learning rate", section.epochs, section.of(EpochMetrics::learningRate))
        .to(html);
    section.chart("Gradient norm", "mean before clipping")
        .curve("gradient norm", section.epochs, section.of(EpochMetrics::gradientNorm))
        .to(html);
    section.chart("Speed of training", "images per second")
        .curve("images per second", section.epochs, section.of(EpochMetrics::imagesPerSecond))
        .to(html);
    html.raw("</div>\n");
  }

  private XyChart chart(String caption, String yName) {
    return new XyChart(caption, "epoch", yName);
  }
}
