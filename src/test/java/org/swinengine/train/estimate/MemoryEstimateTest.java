package org.swinengine.train.estimate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.backend.MemoryKernels.MemoryStatistics;
import org.swinengine.models.Model;
import org.swinengine.models.ModelConfigFile;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.Models;
import org.swinengine.nn.ForwardMode;
import org.swinengine.ops.CrossEntropyOp;
import org.swinengine.optim.AdamW;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;
import org.swinengine.train.tuning.Freeze;

/** Every family's memory with and without activation checkpointing, foretold and as it is. */
final class MemoryEstimateTest {
  private static final int BATCH = 4;
  private static final double MEGABYTE = 1e6;

  /** What two steps of training gave and took. */
  private record Trained(float[] gradients, long saved, long model, MemoryStatistics memory) {}

  static List<ModelSpec> families() {
    return Stream.of(
        "TYPE: swin, SWIN: {PATCH_SIZE: 2, EMBED_DIM: 32, DEPTHS: [2, 2], NUM_HEADS: [1, 2],"
            + " WINDOW_SIZE: 4}",
        "TYPE: swinv2, SWINV2: {PATCH_SIZE: 2, EMBED_DIM: 32, DEPTHS: [2, 2], NUM_HEADS: [1, 2],"
            + " WINDOW_SIZE: 4}",
        "TYPE: vit, VIT: {PATCH_SIZE: 4, EMBED_DIM: 64, DEPTH: 3, NUM_HEADS: 2}",
        "TYPE: vit, VIT: {PATCH_SIZE: 4, EMBED_DIM: 64, DEPTH: 3, NUM_HEADS: 2, NORM_ORDER: post,"
            + " ACTIVATION: relu}",
        "TYPE: swin_unet, SWIN: {PATCH_SIZE: 2, EMBED_DIM: 32, DEPTHS: [2, 1, 2], NUM_HEADS: [1, 2, 4],"
            + " WINDOW_SIZE: 4}")
        .map(
            model -> ModelConfigFile.parse(
                "DATA: {IMG_SIZE: 32}\nMODEL: {NUM_CLASSES: 3, DROP_RATE: 0.1, DROP_PATH_RATE: 0.3, "
                    + model + "}",
                "small.yaml"))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("families")
  void checkpointingChangesNoBitAndKeepsLess(ModelSpec spec) {
    Trained kept = train(spec, false);
    Trained again = train(spec, true);
    assertArrayEquals(kept.gradients(), again.gradients());
    assertTrue(again.saved() < 0.6 * kept.saved(), again.saved() + " of " + kept.saved() + " bytes");
  }

  @ParameterizedTest
  @MethodSource("families")
  void aDryRunCountsWhatTheTapeAndThePoolHold(ModelSpec spec) {
    for (boolean checkpointing : new boolean[] {false, true}) {
      Trained trained = train(spec, checkpointing);
      try (Backend backend = Backends.open("cpu", 1)) {
        MemoryEstimate estimate =
            MemoryEstimate.of(Workload.of(spec, Freeze.NONE, checkpointing), BATCH, false, backend);
        assertEquals(trained.saved(), estimate.activationBytes(), "bytes on the tape");
        assertEquals(trained.model(), estimate.modelBytes(), trained.model() / 32.0, "bytes of the model");
        long held = trained.memory().liveBytes() + trained.memory().pooledBytes();
        long foretold = estimate.modelBytes() + estimate.activationBytes() + estimate.workBytes();
        // Kernels take some buffers for partial sums, and prepared weights are rounded up to whole tiles.
        assertEquals(held, foretold, 0.1 * held, "bytes in all arrays");
      }
    }
  }

  /** Between two steps there are the weights, their gradients and the moments: no prepared weight is left. */
  @ParameterizedTest
  @MethodSource("families")
  void aStepLeavesNothingButTheModel(ModelSpec spec) {
    Trained trained = train(spec, false);
    // Swin V2 keeps its windows' coordinates, some hundred bytes a block.
    assertEquals(trained.model(), trained.memory().liveBytes(), trained.model() / 1000.0);
  }

  private static Trained train(ModelSpec spec, boolean checkpointing) {
    try (Backend backend = Backends.open("cpu", 2)) {
      Model model = Models.create(spec);
      ParameterArena arena = new ParameterArena(backend, model.parameters(), 3);
      AdamW optimizer = new AdamW(arena, AdamW.Options.DEFAULT);
      long live = backend.memory().statistics().liveBytes();
      long saved = 0;
      float[] gradients = null;
      for (int step = 0; step < 2; step++) {
        try (Scope scope = Scope.open();
            Tape tape = Tape.open()) {
          Shape shape = Shape.of(BATCH, 3, spec.imageHeight(), spec.imageWidth());
          float[] values = new float[(int) shape.elements()];
          Random random = new Random(step);
          for (int i = 0; i < values.length; i++) {
            values[i] = random.nextFloat() - 0.5f;
          }
          Shape labelled = spec.labelsShape(BATCH);
          int[] classes = random.ints(labelled.elements(), 0, 3).toArray();
          ForwardMode mode = ForwardMode.training(1, step, 0, checkpointing);
          Variable logits = model.forward(Variable.constant(Tensor.of(backend, shape, values)), mode);
          Variable loss = CrossEntropyOp.apply(logits, Tensor.ofInts(backend, labelled, classes), 0);
          saved = tape.savedBytes();
          tape.backward(loss);
        }
        gradients = arena.gradients().toFloats();
        optimizer.step(1e-3);
      }
      return new Trained(gradients, saved, live, backend.memory().statistics());
    }
  }

  @Test
  void whereItDoesNotFitItSaysWhatToDo() {
    MemoryEstimate estimate =
        new MemoryEstimate(4_000_000_000L, 3_000_000_000L, 1_000_000_000L, 200_000_000L);
    assertEquals(
        "about 8.20 GB (parameters and optimizer 4.00, activations 3.00, work 1.00, Java 0.20)",
        estimate.toString());
    assertNull(estimate.advice(false, 8_000_000_000L, 8_200_000_000L));
    assertEquals(
        "training takes about 8.00 GB of Java's heap, which may grow to 7.00 GB: choose a smaller batch or"
            + " `checkpointing`, or give Java more (java -Xmx9g -jar …)",
        estimate.advice(false, 7_000_000_000L, 16_000_000_000L));
    assertEquals(
        "training takes about 8.20 GB, but this machine has 8.00 GB: choose a smaller batch",
        estimate.advice(true, 8_000_000_000L, 8_000_000_000L));
  }

  /** What is beside the model: one more copy of the trained weights, and a teacher without gradients. */
  @Test
  void anAverageAndATeacherTakeTheirShare() {
    try (Backend backend = Backends.open("cpu", 1)) {
      ModelSpec spec = families().get(0);
      ModelSpec other = families().get(2);
      Workload alone = Workload.of(spec, Freeze.NONE, false);
      MemoryEstimate model = MemoryEstimate.of(alone, BATCH, true, backend);
      MemoryEstimate averaged =
          MemoryEstimate.of(new Workload(spec, Freeze.NONE, false, true, null), BATCH, true, backend);
      MemoryEstimate taught =
          MemoryEstimate.of(new Workload(spec, Freeze.NONE, false, false, other), BATCH, true, backend);
      MemoryEstimate teacher =
          MemoryEstimate.of(Workload.of(other, Freeze.NONE, false), BATCH, true, backend);
      // What the optimizer has found of a step is an array of the smallest size; so are gradients of nothing.
      long smallest = 256;
      assertEquals(
          model.modelBytes() + (model.modelBytes() - smallest) / 4, averaged.modelBytes());
      assertEquals(
          model.modelBytes() + (teacher.modelBytes() - smallest) / 4 + smallest, taught.modelBytes());
      assertEquals(model.activationBytes(), taught.activationBytes());
      assertTrue(taught.workBytes() >= model.workBytes(), taught + " with a teacher, " + model + " alone");
    }
  }

  /** The goal: with checkpointing a whole Swin-T learns from eight images within a gigabyte. */
  @Test
  void swinTinyAtEightImages() {
    try (Backend backend = Backends.open("cpu", 1)) {
      ModelSpec spec = Models.spec("swin_tiny_patch4_window7_224");
      MemoryEstimate kept = MemoryEstimate.of(Workload.of(spec, Freeze.NONE, false), 8, false, backend);
      assertEquals(4 * 4 * 28.288, kept.modelBytes() / MEGABYTE, 1);
      MemoryEstimate again = MemoryEstimate.of(Workload.of(spec, Freeze.NONE, true), 8, false, backend);
      assertTrue(again.totalBytes() < 1_000_000_000L, again + " with checkpointing");
      MemoryEstimate head = MemoryEstimate.of(Workload.of(spec, Freeze.BACKBONE, false), 8, false, backend);
      assertTrue(head.totalBytes() < again.totalBytes(), head + " for the head alone");
    }
  }
}
