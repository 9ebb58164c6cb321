package org.swinengine.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.DType;
import org.swinengine.backend.DryBackend;
import org.swinengine.backend.Epilogue;
import org.swinengine.backend.Prologue;
import org.swinengine.backend.cuda.CudaBackendsForTests;
import org.swinengine.models.ModelConfigFile;
import org.swinengine.models.ModelSpec;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;
import org.swinengine.train.estimate.MemoryEstimate;
import org.swinengine.train.estimate.Workload;
import org.swinengine.train.tuning.Freeze;

/** What a tape keeps of layers in bf16 on a GPU, so that no pass makes it again, and what that costs. */
@Tag("cuda")
final class KeptActivationsTest {
  private static final int ROWS = 70;
  private static final int IN = 32;
  private static final int HIDDEN = 128;

  private static Backend backend;

  @BeforeAll
  static void open() {
    backend = CudaBackendsForTests.open(DType.BF16);
  }

  @AfterAll
  static void close() {
    if (backend != null) {
      backend.close();
    }
  }

  /** The backend, but for its wish to keep activations. */
  private static Backend forgetful() {
    return (Backend) Proxy.newProxyInstance(
        Backend.class.getClassLoader(), new Class<?>[] {Backend.class}, (self, method, arguments) -> {
          if (method.getName().equals("equals")) {
            return self == arguments[0];
          }
          if (method.getName().equals("keepsActivations")) {
            return false;
          }
          try {
            return method.invoke(backend, arguments);
          } catch (InvocationTargetException e) {
            throw e.getCause();
          }
        });
  }

  /** What an operation gave and saved. */
  private record Trained(float[] y, float[] dx, List<float[]> gradients, long saved) {}

  private static Parameter parameter(SplittableRandom random, double center, int... sizes) {
    Shape shape = Shape.of(sizes);
    float[] values = floats(random, (int) shape.elements(), center, 0.3);
    return new Parameter(shape, (to, seed, path) -> System.arraycopy(values, 0, to, 0, values.length), false);
  }

  private static float[] floats(SplittableRandom random, int n, double center, double spread) {
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = (float) (center + spread * (2 * random.nextDouble() - 1));
    }
    return values;
  }

  private interface Operation {
    Variable apply(Variable x, List<Parameter> p);
  }

  private static Variable linear(Variable x, List<Parameter> p) {
    return LinearOp.applyNormalized(x, new Normalization(p.get(0), p.get(1), 1e-5), p.get(2), p.get(3));
  }

  private static Variable mlp(Variable x, List<Parameter> p) {
    Tensor factors = Tensor.ofMaster(x.backend(), Shape.of(7), 1.25f, 0, 1.25f, 0, 0, 1.25f, 1.25f);
    return MlpOp.apply(
        x, new Normalization(p.get(0), p.get(1), 1e-5), p.get(2), p.get(3), p.get(4), p.get(5), x,
        factors);
  }

  /** @param frozen index of the parameter that wants no gradient; −1: each does */
  private static Trained train(Backend on, Operation operation, int frozen) {
    SplittableRandom random = new SplittableRandom(5);
    List<Parameter> parameters =
        List.of(
            parameter(random, 1, IN), parameter(random, 0, IN), parameter(random, 0, HIDDEN, IN),
            parameter(random, 0, HIDDEN), parameter(random, 0, IN, HIDDEN), parameter(random, 0, IN));
    for (int i = 0; i < parameters.size(); i++) {
      parameters.get(i).setPath("p" + i);
      parameters.get(i).setTrainable(i != frozen);
    }
    new ParameterArena(on, parameters, 1);
    float[] values = floats(random, ROWS * IN, 0.4, 2);
    try (Scope scope = Scope.open();
        Tape tape = Tape.open()) {
      Variable x = Variable.leaf(Tensor.of(on, Shape.of(ROWS, IN), values));
      Variable y = operation.apply(x, parameters);
      float[] seed = floats(random, (int) y.shape().elements(), 0, 1);
      long saved = tape.savedBytes();
      float[] result = y.value().toFloats();
      tape.backward(y, Tensor.of(on, y.shape(), seed));
      List<float[]> gradients = new ArrayList<>();
      for (Parameter parameter : parameters) {
        gradients.add(parameter.hasGradient() ? parameter.gradient().toFloats() : new float[0]);
      }
      return new Trained(result, x.gradient().toFloats(), gradients, saved);
    }
  }

  @Test
  void keptNormalizedRowsAreThoseThatWouldBeMadeAgain() {
    Trained kept = train(backend, KeptActivationsTest::linear, -1);
    Trained again = train(forgetful(), KeptActivationsTest::linear, -1);
    assertArrayEquals(again.y, kept.y);
    assertArrayEquals(again.dx, kept.dx);
    for (int i = 0; i < 4; i++) {
      assertArrayEquals(again.gradients.get(i), kept.gradients.get(i), "parameter " + i);
    }
    assertEquals(ROWS * IN * DType.BF16.bytes(), kept.saved - again.saved, "bytes");
  }

  /** GELU comes of the pre-activation before its rounding, as the forward pass has used it. */
  @Test
  void keptRowsOfAnMlpAreThoseOfTheForwardPass() {
    Trained kept = train(backend, KeptActivationsTest::mlp, -1);
    Trained again = train(forgetful(), KeptActivationsTest::mlp, -1);
    assertArrayEquals(again.y, kept.y);
    assertArrayEquals(again.dx, kept.dx);
    for (int i : new int[] {0, 1, 2, 3, 5}) {
      assertArrayEquals(again.gradients.get(i), kept.gradients.get(i), "parameter " + i);
    }
    float largest = 0;
    for (float value : again.gradients.get(4)) {
      largest = Math.max(largest, Math.abs(value));
    }
    assertArrayEquals(again.gradients.get(4), kept.gradients.get(4), largest / 256);
    assertEquals(ROWS * (IN + HIDDEN) * DType.BF16.bytes(), kept.saved - again.saved, "bytes");
  }

  /** The gradient of a second weight alone is a product that can be asked for. */
  @Test
  void aSecondWeightsGradientReadsTheForwardPassesRows() {
    SplittableRandom random = new SplittableRandom(5);
    Parameter weight1 = parameter(random, 0, HIDDEN, IN);
    Parameter bias1 = parameter(random, 0, HIDDEN);
    Parameter weight2 = parameter(random, 0, IN, HIDDEN);
    Parameter bias2 = parameter(random, 0, IN);
    List<Parameter> all = List.of(weight1, bias1, weight2, bias2);
    all.forEach(p -> p.setPath("p" + all.indexOf(p)));
    new ParameterArena(backend, all, 1);
    try (Scope scope = Scope.open();
        Tape tape = Tape.open()) {
      Variable x = Variable.leaf(Tensor.of(backend, Shape.of(ROWS, IN), floats(random, ROWS * IN, 0, 2)));
      Tensor seed = Tensor.of(backend, Shape.of(ROWS, IN), floats(random, ROWS * IN, 0, 1));
      Tensor activated = Tensor.emptyLike(x.value(), Shape.of(ROWS, HIDDEN));
      backend.matrix().linear(
          ROWS, x.value(), weight1.prepared(), Prologue.NONE, Epilogue.biasGelu(bias1.value(), null),
          activated);
      Tensor dWeight = Tensor.emptyMaster(backend, weight2.shape());
      backend.matrix().linearBackwardWeight(
          ROWS, activated, Prologue.NONE, seed, IN, HIDDEN, dWeight, null, false);
      tape.backward(MlpOp.apply(x, null, weight1, bias1, weight2, bias2, null, null), seed);
      assertArrayEquals(dWeight.toFloats(), weight2.gradient().toFloats());
    }
  }

  /** What nobody will read is not kept. */
  @Test
  void frozenWeightsKeepNothing() {
    long all = train(backend, KeptActivationsTest::mlp, -1).saved;
    long normalized = (long) ROWS * IN * DType.BF16.bytes();
    long activated = (long) ROWS * HIDDEN * DType.BF16.bytes();
    assertEquals(all - normalized, train(backend, KeptActivationsTest::mlp, 2).saved);
    assertEquals(all - activated, train(backend, KeptActivationsTest::mlp, 4).saved);
  }

  @Test
  void aDryRunKeepsTheSame() {
    try (DryBackend dry = new DryBackend(backend)) {
      assertEquals(
          train(backend, KeptActivationsTest::mlp, -1).saved, train(dry, KeptActivationsTest::mlp, -1).saved);
    }
  }

  private static MemoryEstimate estimate(int depth, boolean checkpointing, Backend on) {
    ModelSpec spec =
        ModelConfigFile.parse(
            "DATA: {IMG_SIZE: 32}\nMODEL: {NUM_CLASSES: 3, TYPE: swin, SWIN: {PATCH_SIZE: 4, EMBED_DIM: 96,"
                + " DEPTHS: [" + depth + "], NUM_HEADS: [3], WINDOW_SIZE: 4}}",
            "small.yaml");
    return MemoryEstimate.of(Workload.of(spec, Freeze.NONE, checkpointing), 64, false, on);
  }

  /** docs/ARCHITECTURE.md: sixteen times a block's input, ten of them where nothing is kept. */
  @Test
  void aBlockKeepsSixteenTimesItsInput() {
    double input = 64 * 8 * 8 * 96 * 2.0;
    double factors = 2 * 64 * Float.BYTES; // of two branches
    double kept =
        estimate(4, false, backend).activationBytes() - estimate(2, false, backend).activationBytes();
    assertEquals(16, kept / 2 / input, 0.3, "and statistics of rows");
    Backend other = forgetful();
    double again = estimate(4, false, other).activationBytes() - estimate(2, false, other).activationBytes();
    assertEquals(6, (kept - again) / 2 / input, 1e-9);
    double checkpointed =
        estimate(4, true, backend).activationBytes() - estimate(2, true, backend).activationBytes();
    assertTrue(checkpointed <= 2 * (input + factors),
        "a checkpointed block keeps its input, and DropPath's factors");
  }
}
