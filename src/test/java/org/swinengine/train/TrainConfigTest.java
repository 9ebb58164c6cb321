package org.swinengine.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.swinengine.inference.PixelStatistics;
import org.swinengine.models.ModelConfigFile;
import org.swinengine.train.settings.Augmentation;
import org.swinengine.train.tuning.FineTuning;
import org.swinengine.train.tuning.Freeze;

final class TrainConfigTest {
  @Test
  void aFileReadsBackToAnEqualConfiguration() {
    TrainConfig config =
        TrainConfig.forData(Path.of("photos \"of\" flowers"), Tiny.model())
            .augmentation(
                Augmentation.of(
                    Map.of("flip", 0.25, "cropScale", 0.3, "colorJitter", 0.4, "erasing", 0.1)))
            .seed(-1L << 40)
            .warmupEpochs(2.5)
            .saveEveryMinutes(7.5)
            .checkpointing(true)
            .statistics(new PixelStatistics(List.of(0.1f, 1e-5f, 0.3f), List.of(0.25f)))
            .build();
    String yaml = TrainConfigFile.write(config);
    assertEquals(config, TrainConfigFile.parse(yaml, "config.yaml"));
    assertEquals(Tiny.model(), ModelConfigFile.parse(yaml, "config.yaml"),
        "it is a model configuration, too");
    TrainConfig builtIn = TrainConfig.builtIn();
    assertEquals(builtIn, TrainConfigFile.parse(TrainConfigFile.write(builtIn), "config.yaml"));
  }

  @Test
  void ratesFollowTheImagesOfAStep() {
    TrainConfig config = TrainConfig.forData(null, Tiny.model()).batchSize(128).accumulationSteps(2).build();
    assertEquals(2.5e-4, config.learningRate(), 1e-12);
    assertEquals(2.5e-6, config.minimumRate(), 1e-12);
    assertEquals(2.5e-7, config.warmupRate(), 1e-12);
    assertEquals(15, config.warmup(10), "a twentieth of 30 epochs of 10 steps");
    assertEquals(7, config.toBuilder().warmupSteps(7).build().warmup(10));
    assertEquals(10, config.toBuilder().epochs(1).warmupEpochs(null).warmupSteps(700).build().warmup(10));
  }

  @Test
  void aHeadAloneLearnsAtARateOfItsOwn() {
    FineTuning frozen = FineTuning.NONE.withFreeze(Freeze.BACKBONE);
    TrainConfig head = TrainConfig.forData(null, Tiny.model()).fineTuning(frozen).build();
    assertEquals(1e-3, head.learningRate(), 1e-12);
    assertEquals(1e-5, head.minimumRate(), 1e-12);
    TrainConfig most =
        TrainConfig.forData(null, Tiny.model()).fineTuning(frozen.withFreeze(new Freeze("blocks:1"))).build();
    assertEquals(5e-4 * 32 / 512, most.learningRate(), 1e-12);
    assertEquals(
        0.2,
        TrainConfig.forData(null, Tiny.model()).learningRate(0.2).fineTuning(frozen).build().learningRate());
  }

  @Test
  void whatIsOutOfRangeIsNamed() {
    TrainConfig.Builder builder = TrainConfig.builtIn().toBuilder();
    assertSays("`epochs` is 0, but must be at least 1", () -> builder.epochs(0).build());
    assertSays(
        "`labelSmoothing` is 1.5, but must be from 0 to 1",
        () -> builder.epochs(1).labelSmoothing(1.5).build());
    assertSays("`learningRate` is -1, but must be above 0",
        () -> builder.labelSmoothing(0).learningRate(-1.0).build());
    assertSays("exclude each other", () -> Augmentation.of(Map.of("cropScale", 0.5, "cropPadding", 4)));
  }

  private static void assertSays(String part, org.junit.jupiter.api.function.Executable action) {
    String message = assertThrows(IllegalArgumentException.class, action).getMessage();
    assertTrue(message.contains(part), message);
  }

  @Test
  void aWrongFileIsASentence() {
    String yaml = TrainConfigFile.write(TrainConfig.builtIn());
    assertSays(
        "run: TRAIN.EPOCHS must be a whole number, not many",
        () -> TrainConfigFile.parse(yaml.replaceFirst("EPOCHS: \\d+", "EPOCHS: many"), "run"));
    assertSays(
        "run: TRAIN has unknown keys [ORACLE]",
        () -> TrainConfigFile.parse(yaml.replace("  SEED", "  ORACLE: 1\n  SEED"), "run"));
    assertSays(
        "run: TRAIN is missing", () -> TrainConfigFile.parse(ModelConfigFile.write(Tiny.model()), "run"));
  }
}
