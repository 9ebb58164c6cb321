package org.swinengine.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.optim.Optimizers;
import org.swinengine.train.TrainConfig;
import org.swinengine.train.TrainConfigFile;
import org.swinengine.train.settings.ScheduleSettings;

/** Configurations of the original Swin repository, by what they say about training. */
final class OriginalTrainingTest {
  @TempDir
  Path folder;

  /** {@code swin_base_patch4_window7_224_22kto1k_finetune.yaml} of the original. */
  private static final String FINE_TUNING =
      """
      MODEL:
        TYPE: swin
        NAME: swin_base_patch4_window7_224_22kto1k_finetune
        DROP_PATH_RATE: 0.2
      TRAIN:
        EPOCHS: 30
        WARMUP_EPOCHS: 5
        WEIGHT_DECAY: 1e-8
        BASE_LR: 2e-05
        WARMUP_LR: 2e-08
        MIN_LR: 2e-07
      """;

  private Path file(String text) throws IOException {
    return Files.writeString(folder.resolve("model.yaml"), text);
  }

  @Test
  void aFileAndWordsAreRead() throws IOException {
    OriginalTraining read =
        OriginalTraining.of(
            file(FINE_TUNING),
            List.of(
                "TRAIN.EPOCHS", "3", "TRAIN.OPTIMIZER.NAME", "SGD", "TRAIN.ACCUMULATION_STEPS", "0",
                "TRAIN.LR_SCHEDULER.NAME", "step", "AUG.MIXUP", "0.8", "MODEL.LABEL_SMOOTHING", "0.1",
                "TRAIN.USE_CHECKPOINT", "True"));
    assertEquals(
        Map.of(
            "epochs", 3, "warmupEpochs", 5.0, "weightDecay", 1e-8, "optimizer", Optimizers.SGD,
            "accumulationSteps", 1, "schedule", ScheduleSettings.Kind.STEP, "mixup", 0.8, "labelSmoothing",
            0.1,
            "checkpointing", true),
        read.settings());
    assertEquals(Map.of("learningRate", 2e-5, "warmupRate", 2e-8, "minimumRate", 2e-7), read.rates());
    assertTrue(read.line().contains("TRAIN.EPOCHS 3, TRAIN.WARMUP_EPOCHS 5"), read.line());
  }

  @Test
  void whatIsOfAnotherKindIsSaid() {
    String message =
        assertThrows(
            IllegalArgumentException.class,
            () -> OriginalTraining.of(null, List.of("TRAIN.LR_SCHEDULER.NAME", "5")))
            .getMessage();
    assertTrue(message.startsWith("TRAIN.LR_SCHEDULER.NAME must be one of cosine"), message);
  }

  @Test
  void theModelGetsTheRest() {
    assertEquals(
        List.of("MODEL.SWIN.WINDOW_SIZE", "8", "TRAIN.OTHER", "1"),
        OriginalTraining.others(
            List.of("TRAIN.EPOCHS", "3", "MODEL.SWIN.WINDOW_SIZE", "8", "TRAIN.MIN_LR", "0", "TRAIN.OTHER",
                "1")));
  }

  /** Its rates are a run's own, and it is a model's configuration as before. */
  @Test
  void theConfigurationOfARunSaysNothing() throws IOException {
    OriginalTraining read =
        OriginalTraining.of(file(TrainConfigFile.write(TrainConfig.builtIn())), List.of());
    assertEquals(Map.of(), read.settings());
    assertNull(read.line());
  }
}
