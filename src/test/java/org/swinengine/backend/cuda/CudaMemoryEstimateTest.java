package org.swinengine.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.backend.CudaGraphs;
import org.swinengine.backend.GpuLibraries;
import org.swinengine.backend.Later;
import org.swinengine.backend.PixelBatch;
import org.swinengine.backend.Precision;
import org.swinengine.backend.Repetition;
import org.swinengine.backend.cuda.RecordedCalls.Asked;
import org.swinengine.fit.Step;
import org.swinengine.inference.GraphedForward;
import org.swinengine.models.Model;
import org.swinengine.models.ModelConfigFile;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.Models;
import org.swinengine.nn.ForwardMode;
import org.swinengine.ops.CrossEntropyOp;
import org.swinengine.optim.AdamW;
import org.swinengine.optim.Optimizer;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;
import org.swinengine.train.estimate.MemoryEstimate;
import org.swinengine.train.estimate.Workload;
import org.swinengine.train.tuning.Freeze;

/**
 * What a run on a GPU is foretold to hold, against what the driver is asked for: call by call, and in graphs,
 * where steps and evaluations keep blocks of their own.
 */
@Tag("cuda")
final class CudaMemoryEstimateTest {
  private static final int BATCH = 8;
  private static final long MEMORY = 1L << 40;

  /** A model at 224 × 224, and how it learns. */
  private record Case(String model, Precision precision, boolean checkpointing) {
    /** Of what is held. In bf16 sums wait, until memory that they are for is read or they are many. */
    double least() {
      return precision == Precision.MIXED ? 0.99 : 0.999;
    }

    double most() {
      return precision == Precision.MIXED ? 1.1 : 1.005;
    }
  }

  static List<Case> cases() {
    String swin =
        "TYPE: swin, SWIN: {EMBED_DIM: 96, NUM_HEADS: [3, 6, 12], WINDOW_SIZE: 7, DEPTHS: [1, 1, 2]}";
    String swinV2 =
        "TYPE: swinv2, SWINV2: {EMBED_DIM: 96, NUM_HEADS: [3, 6, 12], WINDOW_SIZE: 7, DEPTHS: [1, 1, 2]}";
    String dropping = "DROP_RATE: 0.1, DROP_PATH_RATE: 0.2, " + swin;
    String vit = "TYPE: vit, VIT: {PATCH_SIZE: 16, EMBED_DIM: 384, DEPTH: 3, NUM_HEADS: 6}";
    String unet =
        "TYPE: swin_unet, NUM_CLASSES: 9, SWIN: {EMBED_DIM: 96, NUM_HEADS: [3, 6], WINDOW_SIZE: 7,"
            + " DEPTHS: [1, 1]}";
    return List.of(
        new Case(swin, Precision.MIXED, false), new Case(vit, Precision.FULL, false),
        new Case(unet, Precision.MIXED, true), new Case(swin, Precision.FULL, false),
        new Case(swin, Precision.TF32, false), new Case(unet, Precision.TF32, false),
        new Case(swinV2, Precision.FULL, false), new Case(swinV2, Precision.MIXED, false),
        new Case(dropping, Precision.MIXED, false), new Case(dropping, Precision.TF32, false));
  }

  @BeforeAll
  static void needsTheEmulator() {
    CudaBackendsForTests.assumeAvailable();
    assumeTrue(CudaBackendsForTests.isEmulated(), "a GPU does not count");
  }

  @ParameterizedTest
  @MethodSource("cases")
  void aRunHoldsWhatIsForetold(Case c) {
    ModelSpec spec = ModelConfigFile.parse("DATA: {IMG_SIZE: 224}\nMODEL: {" + c.model + "}", "model.yaml");
    for (CudaGraphs graphs : List.of(CudaGraphs.OFF, CudaGraphs.ON)) {
      EmulatorControls.limitMemory(MEMORY);
      RecordedCalls.sketch();
      try (Backend backend =
          Backends.open("cuda", 0, c.precision, GpuLibraries.NONE, graphs, remark -> {})) {
        long held = held(backend, spec, c.checkpointing);
        MemoryEstimate estimate =
            MemoryEstimate.of(Workload.of(spec, Freeze.NONE, c.checkpointing), BATCH, true, backend);
        long foretold = estimate.modelBytes() + estimate.activationBytes() + estimate.workBytes();
        String figures =
            foretold / 1e6 + " MB foretold, " + held / 1e6 + " MB held, graphs " + graphs + ": " + estimate;
        assertTrue(foretold >= c.least() * held && foretold <= c.most() * held, figures);
      } finally {
        EmulatorControls.reset();
      }
    }
  }

  /** Bytes that the driver was asked for by some steps and the evaluation of some batches. */
  private static long held(Backend backend, ModelSpec spec, boolean checkpointing) {
    Model model = Models.create(spec);
    ParameterArena arena = new ParameterArena(backend, model.parameters(), 1);
    Step step = new Step(new AdamW(arena, AdamW.Options.DEFAULT), 1);
    Shape shape = Shape.of(BATCH, spec.channels(), spec.imageHeight(), spec.imageWidth());
    PixelBatch pixels =
        new PixelBatch(
            new byte[(int) shape.elements()], BATCH, spec.channels(), spec.imageHeight(), spec.imageWidth(),
            new float[256 * spec.channels()], null);
    Shape ofLabels = spec.labelsShape(BATCH);
    for (int i = 0; i < 5; i++) {
      ForwardMode mode = ForwardMode.training(1, i, 0, checkpointing);
      Later<Double> loss;
      Later<Optimizer.StepResult> result;
      try (Repetition repeated = backend.repeating(spec)) {
        loss = step.accumulate(() -> {
          Tensor images = Tensor.empty(backend, shape);
          backend.memory().uploadPixels(pixels, images);
          Tensor labels = Tensor.ofInts(backend, ofLabels, new int[(int) ofLabels.elements()]);
          return CrossEntropyOp.apply(model.forward(Variable.constant(images), mode), labels, 0);
        });
        result = step.update(1e-3);
      }
      loss.get();
      result.get();
    }
    try (GraphedForward forward = new GraphedForward(model, backend)) {
      for (int i = 0; i < 3; i++) {
        forward.apply(pixels, logits -> 0);
      }
    }
    return RecordedCalls.taken().stream()
        .filter(call -> call.what() == Asked.ALLOCATION).mapToLong(RecordedCalls.Call::bytes).sum();
  }
}
