package org.swinengine.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.DType;
import org.swinengine.backend.DropoutMask;
import org.swinengine.backend.RandomKey;
import org.swinengine.backend.UnaryFunction;
import org.swinengine.backend.cpu.CpuBackend;
import org.swinengine.backend.cuda.CudaBackendsForTests;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/**
 * Dropout where products are finished against dropout as operations of its own: in float32 to the last bit,
 * in bf16, where the one rounds once and the other after each operation, but for these roundings.
 */
class DropoutInEpiloguesTest {
  private static final int SAMPLES = 3;
  private static final int TOKENS = 5;
  private static final int HIDDEN = 40;
  private static final long FIRST = (1L << 32) - 2;
  private static final double DROP = 0.3;
  private static final RandomKey HIDDEN_KEY = new RandomKey(0x123456789abcdefL, 5, 6);
  private static final RandomKey KEY = new RandomKey(0x123456789abcdefL, 7, 6);

  private record Sizes(int channels, boolean scaled, boolean residual) {
    Shape shape(int columns) {
      return Shape.of(SAMPLES, TOKENS, columns);
    }
  }

  private static final List<Sizes> SIZES =
      List.of(
          new Sizes(24, true, true), new Sizes(24, false, false), new Sizes(24, true, false),
          new Sizes(21, true, true));

  private static Parameter parameter(String name, int... dims) {
    Parameter parameter = new Parameter(Shape.of(dims), (values, seed, path) -> {
      Random random = new Random(path.hashCode());
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) random.nextGaussian() * 0.3f;
      }
    }, false);
    parameter.setPath(name);
    return parameter;
  }

  private static Tensor random(Backend backend, long seed, Shape shape) {
    Random random = new Random(seed);
    float[] values = new float[Math.toIntExact(shape.elements())];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return Tensor.of(backend, shape, values);
  }

  /** {@code residual + s·dropout(branch)}, step by step. */
  private static Variable ended(Variable branch, @Nullable Variable residual, @Nullable Tensor scale) {
    Variable dropped = DropoutOp.apply(branch, DROP, KEY, FIRST);
    Variable scaled = scale == null ? dropped : DropPathOp.apply(dropped, scale);
    return residual == null ? scaled : AddOp.apply(residual, scaled);
  }

  /** An MLP of a projection of x: its result, the gradient of x, and those of the parameters. */
  private static List<float[]> results(Backend backend, Sizes sizes, boolean fused) {
    int c = sizes.channels;
    Parameter weight = parameter("weight", c, c);
    Parameter bias = parameter("bias", c);
    Parameter gamma = parameter("gamma", c);
    Parameter beta = parameter("beta", c);
    Parameter weight1 = parameter("weight1", HIDDEN, c);
    Parameter bias1 = parameter("bias1", HIDDEN);
    Parameter weight2 = parameter("weight2", c, HIDDEN);
    Parameter bias2 = parameter("bias2", c);
    ParameterArena arena =
        new ParameterArena(
            backend, List.of(weight, bias, gamma, beta, weight1, bias1, weight2, bias2), 1);
    Normalization norm = new Normalization(gamma, beta, 1e-5);
    try (Scope scope = Scope.open(); Tape tape = Tape.open()) {
      Variable x = Variable.leaf(random(backend, 1, sizes.shape(c)));
      Tensor scale =
          sizes.scaled ? DropPathOp.factors(backend, new RandomKey(4, 5, 6), 2, SAMPLES, 0.4) : null;
      Variable residual = sizes.residual ? x : null;
      DropoutMask mask = DropoutOp.mask(sizes.shape(c), DROP, KEY, FIRST);
      DropoutMask hiddenMask = DropoutOp.mask(sizes.shape(HIDDEN), DROP, HIDDEN_KEY, FIRST);
      Variable projected =
          fused ? LinearOp.applyDropout(x, weight, bias, residual, scale, mask)
              : ended(LinearOp.apply(x, weight, bias), residual, scale);
      Variable around = sizes.residual ? projected : null;
      Variable y;
      if (fused) {
        y = MlpOp.apply(
            projected, norm, weight1, bias1, weight2, bias2, around, scale, hiddenMask, mask);
      } else {
        Variable hidden = LinearOp.apply(LayerNormOp.apply(projected, norm), weight1, bias1);
        Variable dropped =
            DropoutOp.apply(UnaryOp.apply(UnaryFunction.GELU, hidden), DROP, HIDDEN_KEY, FIRST);
        y = ended(LinearOp.apply(dropped, weight2, bias2), around, scale);
      }
      tape.backward(y, random(backend, 2, sizes.shape(c)));
      List<float[]> results = new ArrayList<>();
      results.add(y.value().toFloats());
      results.add(x.gradient().toFloats());
      x.clearGradient();
      results.add(arena.gradients().toFloats());
      return results;
    }
  }

  private static void assertSame(Backend backend) {
    for (Sizes sizes : SIZES) {
      List<float[]> apart = results(backend, sizes, false);
      List<float[]> fused = results(backend, sizes, true);
      for (int i = 0; i < apart.size(); i++) {
        assertArrayEquals(apart.get(i), fused.get(i), sizes + ", result " + i);
      }
    }
  }

  @Test
  void onTheProcessor() {
    try (Backend backend = new CpuBackend(2)) {
      assertSame(backend);
    }
  }

  @Test
  @Tag("cuda")
  void onAGpu() {
    CudaBackendsForTests.assumeAvailable();
    try (Backend backend = CudaBackendsForTests.open(DType.FLOAT32)) {
      assertSame(backend);
    }
  }

  @Test
  @Tag("cuda")
  void onAGpuInBf16() {
    CudaBackendsForTests.assumeAvailable();
    try (Backend backend = CudaBackendsForTests.open(DType.BF16)) {
      for (Sizes sizes : SIZES) {
        List<float[]> apart = results(backend, sizes, false);
        List<float[]> fused = results(backend, sizes, true);
        for (int i = 0; i < apart.size(); i++) {
          float[] expected = apart.get(i);
          float[] found = fused.get(i);
          double largest = 0;
          double error = 0;
          for (int j = 0; j < expected.length; j++) {
            largest = Math.max(largest, Math.abs(expected[j]));
            error = Math.max(error, Math.abs(expected[j] - found[j]));
          }
          assertTrue(largest > 1, sizes + ", result " + i + ": " + largest);
          assertEquals(0, error / largest, 0.02, sizes + ", result " + i);
        }
      }
    }
  }
}
