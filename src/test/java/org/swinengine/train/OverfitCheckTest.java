package org.swinengine.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.train.settings.LossSettings;
import org.swinengine.train.tuning.FineTuning;
import org.swinengine.train.tuning.Freeze;

final class OverfitCheckTest {
  @TempDir
  Path output;

  private OverfitCheck.Result check(TrainConfig config, int steps, OverfitCheck.Progress progress)
      throws IOException {
    try (Backend backend = Backends.open("cpu", 2)) {
      return OverfitCheck.run(config, Tiny.data(), backend, steps, progress);
    }
  }

  /** The configuration has dropout, stochastic depth, augmentation, mixing and smoothing: it could not. */
  @Test
  void aModelThatCanLearnKnowsItsBatchByHeart() throws IOException {
    List<Double> losses = new ArrayList<>();
    TrainConfig mixed =
        Tiny.config(output).toBuilder().set("mixup", 0.8).set("loss", LossSettings.Kind.BCE).build();
    OverfitCheck.Result result =
        check(mixed, 300, (steps, loss) -> {
          assertEquals(losses.size(), steps);
          losses.add(loss);
        });
    assertTrue(result.learnt(), result::toString);
    assertEquals(16, result.images());
    assertEquals(3, result.classes());
    assertEquals(losses.size() - 1, result.steps());
    assertEquals(Math.log(3), result.firstLoss(), 0.5);
    assertTrue(losses.get(losses.size() - 2) > OverfitCheck.LEARNT, "it ends as soon as it is learnt");
    assertEquals(0, Files.list(output).count(), "nothing is written");
  }

  @Test
  void itIsTheSameEachTime() throws IOException {
    OverfitCheck.Progress none = (steps, loss) -> {};
    assertEquals(check(Tiny.config(output), 20, none), check(Tiny.config(output), 20, none));
  }

  /** A head alone, above features of nothing in particular, cannot. */
  @Test
  void aModelThatCannotIsFoundOut() throws IOException {
    TrainConfig frozen =
        Tiny.config(output).toBuilder().fineTuning(FineTuning.NONE).set("freeze", Freeze.BACKBONE).build();
    OverfitCheck.Result result = check(frozen, 30, (steps, loss) -> {});
    assertFalse(result.learnt());
    assertEquals(30, result.steps());
  }

  @Test
  void aRateThatIsFarTooHighIsNotCalledLearning() throws IOException {
    TrainConfig wild = Tiny.config(output).toBuilder().learningRate(1e4).build();
    assertFalse(check(wild, 30, (steps, loss) -> {}).learnt());
  }

  @Test
  void noStepsAreWrong() {
    assertThrows(IllegalArgumentException.class, () -> check(Tiny.config(output), 0, (steps, loss) -> {}));
  }
}
