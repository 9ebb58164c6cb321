package org.swinengine.train.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.swinengine.models.Models;
import org.swinengine.report.EpochMetrics;
import org.swinengine.train.Tiny;
import org.swinengine.train.settings.TaskKind;
import org.swinengine.train.tuning.BestMetric;

final class TrainingTasksTest {
  @Test
  void theTaskIsThatOfModelAndData() {
    assertEquals(TaskKind.CLASSIFY, TrainingTasks.kind(TaskKind.AUTO, Tiny.model(), Tiny.data()));
    assertEquals(TaskKind.CLASSIFY, TrainingTasks.kind(TaskKind.CLASSIFY, Tiny.model(), Tiny.data()));
    String sentence =
        assertThrows(
            IllegalArgumentException.class,
            () -> TrainingTasks.requireModel(TaskKind.SEGMENT, Tiny.model())).getMessage();
    assertTrue(sentence.contains("classifies whole images; choose a Swin-Unet"), sentence);
    TrainingTasks.requireModel(TaskKind.AUTO, Models.spec("swin_unet_tiny_patch4_window7_224"));
    sentence =
        assertThrows(
            IllegalArgumentException.class,
            () -> TrainingTasks.kind(
                TaskKind.AUTO, Models.spec("swin_unet_tiny_patch4_window7_224"), Tiny.data()))
            .getMessage();
    assertTrue(sentence.contains("has no masks; give folders images and masks"), sentence);
  }

  @Test
  void theUsualMetricIsTheTasksFirst() {
    assertEquals(BestMetric.ACCURACY, TrainingTasks.best(TaskKind.CLASSIFY, BestMetric.AUTO));
    assertEquals(BestMetric.LOSS, TrainingTasks.best(TaskKind.CLASSIFY, BestMetric.LOSS));
  }

  @Test
  void figuresOfAnyNameKeepTheirOrder() {
    Map<String, Double> values = new LinkedHashMap<>();
    values.put("val_zeta", 0.5);
    values.put("val_missing", Double.NaN);
    values.put("val_alpha", 1.0);
    EpochMetrics metrics = new EpochMetrics(1, 2, 3, 4, values, 5, 6, 7, 8, 9);
    assertEquals(List.of("val_zeta", "val_alpha"), List.copyOf(metrics.values().keySet()));
    String json = metrics.toJson();
    assertTrue(
        json.contains("\"val_loss\":4.0,\"val_zeta\":0.5,\"val_alpha\":1.0,\"lr\":5.0"), json);
    assertEquals(metrics, EpochMetrics.fromJson(json));
    assertTrue(Double.isNaN(metrics.top1()) && metrics.value("val_zeta") == 0.5);
  }

  @Test
  void anEpochsLineNamesWhatItIsChosenBy() {
    EpochMetrics metrics =
        new EpochMetrics(
            1, 2, 3, 4, Map.of("val_top1", 50.0, "val_top5", 90.0, "val_macro_f1", 0.25), 5, 6, 7, 8, 9);
    String usual = "top-1 50.00 %  top-5 90.00 %";
    assertEquals(usual, TrainingTasks.line(TaskKind.CLASSIFY, metrics, BestMetric.ACCURACY));
    assertEquals(usual, TrainingTasks.line(TaskKind.CLASSIFY, metrics, BestMetric.LOSS));
    assertEquals(
        usual + "  macro-F1 0.2500", TrainingTasks.line(TaskKind.CLASSIFY, metrics, BestMetric.MACRO_F1));
  }
}
