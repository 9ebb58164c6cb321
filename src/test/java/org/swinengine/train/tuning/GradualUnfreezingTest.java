package org.swinengine.train.tuning;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.cpu.CpuBackend;
import org.swinengine.fit.OptimizerState;
import org.swinengine.models.Model;
import org.swinengine.models.Models;
import org.swinengine.models.ModuleWeights;
import org.swinengine.nn.ForwardMode;
import org.swinengine.ops.CrossEntropyOp;
import org.swinengine.optim.AdamW;
import org.swinengine.optim.Gradients;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;
import org.swinengine.train.Tiny;
import org.swinengine.weights.Safetensors;
import org.swinengine.weights.StateDict;

/** A Swin's head first, then its last stage, then all of it, at rates that differ by layer. */
class GradualUnfreezingTest {
  @TempDir
  private Path folder;

  private static final FineTuning RATES = FineTuning.NONE.withLayerDecay(0.5).withHeadRate(2);

  /** Training of a model between its stages of freedom. */
  private static final class Run {
    final Model model = Models.create(Tiny.model());
    final AdamW optimizer;

    Run(Backend backend, Freeze freeze) {
      freeze.apply(model);
      ParameterArena arena = new ParameterArena(backend, model.parameters(), 3);
      optimizer = new AdamW(arena, AdamW.Options.DEFAULT, new RateFactors(model, RATES));
    }

    void free(Freeze freeze) {
      optimizer.moveTo(freeze.apply(model, optimizer.arena()));
    }

    Run steps(int number) {
      Backend backend = optimizer.arena().backend();
      for (int i = 0; i < number; i++) {
        int turn = (int) optimizer.steps();
        Gradients.add(
            () -> {
              float[] pixels = new float[4 * 64];
              for (int p = 0; p < pixels.length; p++) {
                pixels[p] = ((p + turn) * 37 % 19) / 9f - 1;
              }
              Tensor images = Tensor.empty(backend, Shape.of(4, 1, 8, 8));
              backend.memory().upload(pixels, 0, images, pixels.length);
              Variable logits = model.forward(Variable.constant(images), ForwardMode.EVALUATION);
              return CrossEntropyOp.apply(logits, Tensor.ofInts(backend, Shape.of(4), 0, 1, 2, 1), 0.1);
            });
        assertTrue(optimizer.step(1e-2).finite());
      }
      return this;
    }

    Map<String, float[]> values() {
      Map<String, float[]> values = new LinkedHashMap<>();
      model.parameters().forEach(p -> values.put(p.path(), p.value().toFloats()));
      return values;
    }

    /** As a file has it. */
    Path save(Path file) {
      StateDict.Builder dict = StateDict.builder();
      ModuleWeights.of(model).arrays().forEach(dict::put);
      OptimizerState.put(dict, optimizer);
      Safetensors.write(file, dict.build());
      return file;
    }

    void load(Path file) {
      StateDict dict = Safetensors.read(file);
      model.parameters().forEach(
          parameter -> {
            ModuleWeights.upload(dict.get(parameter.path()), parameter.value());
            parameter.touch();
          });
      OptimizerState.require(dict, optimizer, "a file");
      OptimizerState.restore(dict, optimizer, 5);
    }
  }

  private static final Freeze FIRST_STAGE = new Freeze("stages:1");

  @Test
  void stageByStage() {
    try (Backend backend = new CpuBackend(2)) {
      Run run = new Run(backend, Freeze.BACKBONE);
      Map<String, float[]> before = run.values();
      run.steps(3);
      assertMoved(before, run.values(), List.of("head."));
      before = run.values();
      run.free(FIRST_STAGE);
      run.steps(2);
      assertMoved(before, run.values(), List.of("head.", "norm.", "layers.1."));
      before = run.values();
      run.free(Freeze.NONE);
      run.steps(2);
      assertMoved(before, run.values(), List.of(""));
      assertEquals(
          run.model.parameters().size(), run.optimizer.arena().trainedCount(), "all are trained in the end");
      for (Parameter parameter : run.model.parameters()) {
        String path = parameter.path();
        long steps = path.startsWith("head.") ? 7 : path.matches("(norm|layers\\.1)\\..*") ? 4 : 2;
        assertEquals(steps, run.optimizer.steps(parameter), path);
      }
    }
  }

  private static void assertMoved(
      Map<String, float[]> before, Map<String, float[]> after, List<String> trained) {
    before.forEach(
        (path, values) -> {
          if (trained.stream().noneMatch(path::startsWith)) {
            assertArrayEquals(values, after.get(path), path + " is frozen");
          }
        });
    long moved =
        before.keySet().stream()
            .filter(path -> trained.stream().anyMatch(path::startsWith))
            .filter(path -> !Arrays.equals(before.get(path), after.get(path)))
            .count();
    assertTrue(moved > 0 && moved >= before.keySet().stream()
        .filter(path -> trained.stream().anyMatch(path::startsWith)).count() - 2, moved + " moved");
  }

  /** Saved in the middle and read by a run that has never seen the head alone. */
  @Test
  void aRunThatResumesLaterHasTheSameBits() throws IOException {
    try (Backend backend = new CpuBackend(2)) {
      Run whole = new Run(backend, Freeze.BACKBONE);
      whole.steps(3);
      whole.free(FIRST_STAGE);
      whole.steps(2);
      Path file = whole.save(folder.resolve("middle.safetensors"));
      whole.free(Freeze.NONE);
      whole.steps(3);

      Run resumed = new Run(backend, FIRST_STAGE);
      resumed.load(file);
      resumed.free(Freeze.NONE);
      resumed.steps(3);
      Path expected = whole.save(folder.resolve("whole.safetensors"));
      Path found = resumed.save(folder.resolve("resumed.safetensors"));
      assertEquals(-1, Files.mismatch(expected, found));
    }
  }

  @Test
  void whatCannotBeTrainedIsSaid() {
    try (Backend backend = new CpuBackend(1)) {
      Run run = new Run(backend, Freeze.NONE);
      String nothing =
          assertThrows(IllegalArgumentException.class, () -> run.free(new Freeze("re:.*"))).getMessage();
      assertEquals("`freeze` re:.* leaves nothing of tiny to train", nothing);
      assertThrows(IllegalArgumentException.class, () -> run.free(new Freeze("re:nowhere")));
      assertFalse(run.model.parameters().stream().anyMatch(parameter -> !parameter.isTrainable()));
    }
  }
}
