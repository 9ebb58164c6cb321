package org.swinengine.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.swinengine.backend.AttentionKernels.AttentionForm;
import org.swinengine.backend.AttentionKernels.FormGradients;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.backend.DType;
import org.swinengine.backend.WindowGeometry;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/**
 * Attention with logits of a hundred, in windows with cosines at the sharpest that Swin v2 allows: there one
 * that is rounded elsewhere than in the forward pass, whose statistics the backward pass reads, is off by
 * 1e-5. The processor makes the logits of both passes alike, so a GPU's gradients are near its own if it
 * does.
 */
@Tag("cuda")
final class SharpAttentionTest {
  private static final int HEAD = 32;
  private static final float SHARPEST = 100;

  private static float[] normal(Random random, int n) {
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  /** Gradients of qkv, then of the bias. */
  private static float[][] gradients(Backend backend, int window) {
    Random random = new Random(5);
    int side = 2 * window;
    int tokens = window * window;
    WindowGeometry geometry =
        new WindowGeometry(
            1, side, side, window, window, 0, 0, WindowGeometry.PaddingOrder.PAD_THEN_SHIFT);
    try (Scope scope = Scope.open()) {
      Tensor qkv =
          Tensor.of(backend, Shape.of(side * side, 3 * HEAD), normal(random, side * side * 3 * HEAD));
      Tensor dOut = Tensor.of(backend, Shape.of(side * side, HEAD), normal(random, side * side * HEAD));
      Tensor bias = Tensor.ofMaster(backend, Shape.of(tokens, tokens), normal(random, tokens * tokens));
      Tensor sharpness = Tensor.ofMaster(backend, Shape.of(1), SHARPEST);
      AttentionForm form = new AttentionForm(1, HEAD, 1, null, bias, sharpness, null);
      Tensor statistics = Tensor.emptyMaster(backend, Shape.of(4, tokens, 2));
      Tensor dQkv = Tensor.emptyLike(qkv);
      Tensor dBias = Tensor.emptyMaster(backend, bias.shape());
      Tensor dSharpness = Tensor.emptyMaster(backend, Shape.of(1));
      backend.attention().windowForward(geometry, form, qkv, Tensor.emptyLike(dOut), statistics);
      backend.attention().windowBackward(
          geometry, form, qkv, statistics, dOut, dQkv, new FormGradients(null, dBias, dSharpness, null));
      return new float[][] {dQkv.toFloats(), dBias.toFloats()};
    }
  }

  /** Gradients of qkv, with queries and keys so long that logits reach a hundred. */
  private static float[][] globalGradients(Backend backend) {
    Random random = new Random(6);
    int tokens = 150;
    float[] values = normal(random, tokens * 3 * HEAD);
    for (int i = 0; i < values.length; i++) {
      values[i] *= i % (3 * HEAD) < 2 * HEAD ? 5 : 1;
    }
    try (Scope scope = Scope.open()) {
      Tensor qkv = Tensor.of(backend, Shape.of(tokens, 3 * HEAD), values);
      Tensor dOut = Tensor.of(backend, Shape.of(tokens, HEAD), normal(random, tokens * HEAD));
      Tensor out = Tensor.emptyLike(dOut);
      Tensor statistics = Tensor.emptyMaster(backend, Shape.of(tokens, 2));
      Tensor dQkv = Tensor.emptyLike(qkv);
      AttentionForm form = AttentionForm.plain(1, HEAD);
      backend.attention().globalForward(1, tokens, form, qkv, out, statistics);
      backend.attention().globalBackward(1, tokens, form, qkv, out, statistics, dOut, dQkv);
      return new float[][] {dQkv.toFloats()};
    }
  }

  @Test
  void bothPassesOverAllTokensHaveTheSameLogits() {
    compare(SharpAttentionTest::globalGradients);
  }

  /** One tile of tokens, and several. */
  @ParameterizedTest
  @ValueSource(ints = {4, 12})
  void bothPassesHaveTheSameLogits(int window) {
    compare(backend -> gradients(backend, window));
  }

  private static void compare(Function<Backend, float[][]> gradients) {
    CudaBackendsForTests.assumeAvailable();
    try (Backend cpu = Backends.open("cpu", 2);
        Backend cuda = CudaBackendsForTests.open(DType.FLOAT32)) {
      float[][] expected = gradients.apply(cpu);
      float[][] actual = gradients.apply(cuda);
      for (int part = 0; part < expected.length; part++) {
        double largest = 0;
        double difference = 0;
        for (int i = 0; i < expected[part].length; i++) {
          largest = Math.max(largest, Math.abs(expected[part][i]));
          difference = Math.max(difference, Math.abs((double) expected[part][i] - actual[part][i]));
        }
        assertTrue(difference <= 2e-6 * largest, "part " + part + " differs by " + difference / largest);
      }
    }
  }
}
