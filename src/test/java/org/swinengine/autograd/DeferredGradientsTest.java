package org.swinengine.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.swinengine.backend.Backend;
import org.swinengine.backend.DType;
import org.swinengine.backend.cuda.CudaBackendsForTests;
import org.swinengine.backend.profile.ProfilingBackend;
import org.swinengine.models.Model;
import org.swinengine.models.ModelConfigFile;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.Models;
import org.swinengine.nn.ForwardMode;
import org.swinengine.ops.CrossEntropyOp;
import org.swinengine.ops.LinearOp;
import org.swinengine.ops.SumOp;
import org.swinengine.optim.Gradients;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/**
 * Gradients of a backward pass whose sums wait for each other have the bits of one where each is made when it
 * is asked for, as on a {@link ProfilingBackend}.
 */
@Tag("cuda")
final class DeferredGradientsTest {
  /** So many that weights' gradients are sums over several slices of rows. */
  private static final int BATCH = 9;

  private static final Map<String, String> MODELS = Map.of(
      "swin", "EMBED_DIM: 32, DEPTHS: [2, 1], NUM_HEADS: [1, 2], WINDOW_SIZE: 4",
      "swinv2", "EMBED_DIM: 32, DEPTHS: [1, 1], NUM_HEADS: [1, 2], WINDOW_SIZE: 4");

  private enum Passes {
    ONE, TWO, CHECKPOINTED, VERIFYING
  }

  private static ModelSpec spec(String type) {
    return ModelConfigFile.parse(
        "DATA: {IMG_SIZE: 32}\nMODEL: {NUM_CLASSES: 5, TYPE: " + type + ", NAME: small, "
            + type.toUpperCase(Locale.ROOT) + ": {PATCH_SIZE: 4, " + MODELS.get(type) + "}}\n",
        "the small model of this test");
  }

  private static float[] gradients(Backend backend, String type, Passes passes) {
    try (Scope scope = Scope.open()) {
      Model model = Models.create(spec(type));
      ParameterArena arena = new ParameterArena(backend, model.parameters(), 11);
      float[] pixels = new float[BATCH * 3 * 32 * 32];
      for (int i = 0; i < pixels.length; i++) {
        pixels[i] = (i * 37 % 101 - 50) / 25f;
      }
      Tensor images = Tensor.of(backend, Shape.of(BATCH, 3, 32, 32), pixels);
      Tensor labels = Tensor.ofInts(backend, Shape.of(BATCH), 1, 4, 0, 2, 3, 1, 1, 0, 4);
      ForwardMode mode = ForwardMode.training(1, 0, 0, passes == Passes.CHECKPOINTED);
      for (int pass = 0; pass < (passes == Passes.TWO ? 2 : 1); pass++) {
        if (passes == Passes.VERIFYING) {
          Gradients.addVerifying(
              () -> CrossEntropyOp.apply(model.forward(Variable.constant(images), mode), labels, 0));
        } else {
          Gradients.add(
              () -> CrossEntropyOp.apply(model.forward(Variable.constant(images), mode), labels, 0));
        }
      }
      return arena.gradients().toFloats();
    }
  }

  private static void same(DType type, String model, Passes passes) {
    try (Backend backend = CudaBackendsForTests.open(type)) {
      float[] expected = gradients(new ProfilingBackend(backend), model, passes);
      float[] found = gradients(backend, model, passes);
      float largest = 0;
      for (float value : expected) {
        largest = Math.max(largest, Math.abs(value));
      }
      assertTrue(largest > 1e-3 && largest < 1e3, "largest gradient " + largest);
      assertArrayEquals(expected, found);
    }
  }

  @ParameterizedTest
  @EnumSource
  void theSameBits(Passes passes) {
    same(DType.BF16, "swin", passes);
  }

  @Test
  void theSameBitsInFloat32() {
    same(DType.FLOAT32, "swin", Passes.TWO);
  }

  /** Tables of position biases that are read again at once, and logits' scales. */
  @Test
  void theSameBitsOfContinuousBiases() {
    same(DType.BF16, "swinv2", Passes.ONE);
  }

  /** A weight of two layers: the second sum is added to the first. */
  @Test
  void aParameterThatIsUsedTwice() {
    try (Backend backend = CudaBackendsForTests.open(DType.FLOAT32)) {
      float[] expected = twice(new ProfilingBackend(backend), true);
      assertArrayEquals(expected, twice(backend, true));
      float[] once = twice(backend, false);
      int differ = 0;
      for (int i = 0; i < once.length; i++) {
        differ += once[i] != expected[i] ? 1 : 0;
      }
      assertTrue(differ > once.length / 2, "two layers give other gradients than one");
    }
  }

  private static void fill(float[] values, long seed, String path) {
    for (int i = 0; i < values.length; i++) {
      values[i] = (i * 29 % 17 - 8) / 20f;
    }
  }

  private static float[] twice(Backend backend, boolean both) {
    int rows = 1100;
    int width = 16;
    try (Scope scope = Scope.open()) {
      Parameter weight = new Parameter(Shape.of(width, width), DeferredGradientsTest::fill, true);
      Parameter bias = new Parameter(Shape.of(width), (values, seed, path) -> {}, false);
      weight.setPath("weight");
      bias.setPath("bias");
      ParameterArena arena = new ParameterArena(backend, List.of(weight, bias), 3);
      float[] values = new float[rows * width];
      for (int i = 0; i < values.length; i++) {
        values[i] = (i * 31 % 103 - 51) / 50f;
      }
      Tensor x = Tensor.of(backend, Shape.of(rows, width), values);
      Gradients.add(() -> {
        Variable y = LinearOp.apply(Variable.constant(x), weight, bias);
        return SumOp.apply(both ? LinearOp.apply(y, weight, bias) : y);
      });
      return arena.gradients().toFloats();
    }
  }

  /** An operation's backward half that fails leaves nothing behind; what others asked for is there. */
  @Test
  void aFailureInTheMiddle() {
    try (Backend backend = CudaBackendsForTests.open(DType.FLOAT32);
        Scope scope = Scope.open()) {
      int rows = 1100;
      Parameter weight = new Parameter(Shape.of(8, 8), DeferredGradientsTest::fill, true);
      weight.setPath("weight");
      ParameterArena arena = new ParameterArena(backend, List.of(weight), 3);
      Tensor x = Tensor.full(backend, Shape.of(rows, 8), 1);
      Variable input = Variable.leaf(x);
      long live = backend.memory().statistics().liveBytes();
      IllegalStateException failure =
          assertThrows(IllegalStateException.class, () -> Gradients.add(() -> {
            Variable bad = Tape.record("bad", "", input.value(), new Tensor[0], flow -> {
              throw new IllegalStateException("in the middle");
            });
            return SumOp.apply(LinearOp.apply(bad, weight, null));
          }));
      assertEquals("in the middle", failure.getMessage());
      assertEquals(live, backend.memory().statistics().liveBytes());
      assertEquals(rows, arena.gradients().toFloats()[0], 0);
    }
  }
}
