package org.swinengine.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.swinengine.metrics.Figure;
import org.swinengine.report.FoldsSummary;
import org.swinengine.train.TrainResult;
import org.swinengine.train.folds.FoldsResult;

/** A cross-validation's result for a machine; all of its figures are in {@code folds.json}. */
final class FoldsJson {
  private static final List<String> KEYS = List.of("accuracy", "balanced_accuracy", "macro_f1", "auc");

  private static final List<String> OF_PIXELS = List.of("dice", "iou", "hd95", "assd", "object_f1");

  private FoldsJson() {}

  static ObjectNode of(FoldsResult result) {
    ObjectNode node =
        Json.object()
            .put("status", result.status() == TrainResult.Status.COMPLETED ? "completed" : "interrupted")
            .put("folder", result.folder().toString())
            .put("folds_done", result.folds().stream()
                .filter(fold -> fold.status() == TrainResult.Status.COMPLETED).count())
            .put("seconds", result.seconds());
    FoldsSummary summary = result.summary();
    if (summary != null) {
      List<String> keys = summary.figures().stream().noneMatch(one -> one.pooled().key().equals("dice"))
          ? KEYS
          : OF_PIXELS;
      for (String key : keys) {
        put(node, key, summary.figure(key).pooled().value());
        put(node, "folds_mean_" + key, summary.figure(key).mean());
      }
      FoldsSummary.OfTest test = summary.test();
      if (test != null) {
        test.figures().stream().filter(figure -> keys.contains(figure.key()))
            .forEach((Figure figure) -> put(node, "test_" + figure.key(), figure.value()));
      }
    }
    return node;
  }

  private static void put(ObjectNode node, String key, double value) {
    if (Double.isFinite(value)) {
      node.put(key, value);
    } else {
      node.putNull(key);
    }
  }
}
