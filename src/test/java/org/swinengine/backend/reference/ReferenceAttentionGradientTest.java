package org.swinengine.backend.reference;

import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.swinengine.backend.AttentionKernels.AttentionForm;
import org.swinengine.backend.AttentionKernels.FormGradients;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Span;
import org.swinengine.backend.TestBuffers;
import org.swinengine.backend.WindowGeometry;
import org.swinengine.backend.WindowGeometry.PaddingOrder;

/** Attention's backward kernels against central differences: all operands, paddings and shifts. */
@Tag("numerics")
class ReferenceAttentionGradientTest {
  private static final int HEADS = 2;
  private static final int HEAD_DIM = 3;
  private static final int CHANNELS = HEADS * HEAD_DIM;

  private final Backend backend = new ReferenceBackend();
  private final TestBuffers buffers = new TestBuffers(backend);
  private final SplittableRandom random = new SplittableRandom(33);

  private Span random(int n, double smallest, double largest) {
    double[] values = new double[n];
    for (int i = 0; i < n; i++) {
      values[i] = random.nextDouble(smallest, largest);
    }
    return buffers.of(values);
  }

  private Span random(int n) {
    return random(n, -1.5, 1.5);
  }

  private void check(String what, Span operand, Span gradient, Span weights, Supplier<Span> forward) {
    double[] factors = buffers.read(weights);
    CentralDifference.check(
        what,
        buffers,
        operand,
        buffers.read(gradient),
        () -> {
          double[] result = buffers.read(forward.get());
          double sum = 0;
          for (int i = 0; i < result.length; i++) {
            sum += factors[i] * result[i];
          }
          return sum;
        });
  }

  private void checkWindow(WindowGeometry geometry, boolean cosine) {
    String name = geometry + (cosine ? " cosine " : " dot ");
    int tokens = geometry.batch() * geometry.height() * geometry.width();
    int n = geometry.windowTokens();
    Span qkv = random(tokens * 3 * CHANNELS);
    Span table = cosine ? null : random(geometry.biasTableRows() * HEADS);
    Span matrix = cosine ? random(HEADS * n * n) : null;
    Span logitScale = cosine ? random(HEADS, 1, 4) : null;
    Span padded = geometry.isPadded() ? random(3 * CHANNELS) : null;
    AttentionForm form = new AttentionForm(HEADS, HEAD_DIM, 0.7, table, matrix, logitScale, padded);
    Span out = buffers.result(tokens * CHANNELS);
    Span statistics = buffers.result(geometry.batch() * geometry.windows() * HEADS * n * 2);
    Supplier<Span> forward =
        () -> {
          backend.attention().windowForward(geometry, form, qkv, out, statistics);
          return out;
        };
    forward.get();
    Span dOut = random(tokens * CHANNELS);
    Span dQkv = buffers.result(tokens * 3 * CHANNELS);
    Span dTable = cosine ? null : buffers.result(geometry.biasTableRows() * HEADS);
    Span dMatrix = cosine ? buffers.result(HEADS * n * n) : null;
    Span dLogitScale = cosine ? buffers.result(HEADS) : null;
    Span dPadded = geometry.isPadded() ? buffers.result(3 * CHANNELS) : null;
    backend
        .attention()
        .windowBackward(
            geometry, form, qkv, statistics, dOut, dQkv,
            new FormGradients(dTable, dMatrix, dLogitScale, dPadded));
    check(name + "dQkv", qkv, dQkv, dOut, forward);
    if (cosine) {
      check(name + "dBiasMatrix", matrix, dMatrix, dOut, forward);
      check(name + "dLogitScale", logitScale, dLogitScale, dOut, forward);
    } else {
      check(name + "dBiasTable", table, dTable, dOut, forward);
    }
    if (geometry.isPadded()) {
      check(name + "dPaddedQkv", padded, dPadded, dOut, forward);
    }
  }

  @Test
  void windowsThatFit() {
    checkWindow(new WindowGeometry(2, 4, 6, 2, 3, 0, 0, PaddingOrder.PAD_THEN_SHIFT), false);
    checkWindow(new WindowGeometry(1, 4, 4, 2, 2, 1, 1, PaddingOrder.PAD_THEN_SHIFT), true);
    checkWindow(new WindowGeometry(1, 4, 6, 4, 3, 0, 1, PaddingOrder.SHIFT_THEN_PAD), false);
  }

  @Test
  void windowsThatNeedPadding() {
    for (PaddingOrder order : PaddingOrder.values()) {
      for (boolean cosine : new boolean[] {false, true}) {
        checkWindow(new WindowGeometry(1, 5, 4, 3, 3, 1, 1, order), cosine);
        checkWindow(new WindowGeometry(2, 2, 3, 3, 2, 0, 1, order), cosine);
      }
    }
  }

  @Test
  void global() {
    int batch = 2;
    int tokens = 5;
    AttentionForm form = AttentionForm.plain(HEADS, HEAD_DIM);
    Span qkv = random(batch * tokens * 3 * CHANNELS);
    Span out = buffers.result(batch * tokens * CHANNELS);
    Span statistics = buffers.result(batch * HEADS * tokens * 2);
    Supplier<Span> forward =
        () -> {
          backend.attention().globalForward(batch, tokens, form, qkv, out, statistics);
          return out;
        };
    forward.get();
    Span dOut = random(batch * tokens * CHANNELS);
    Span dQkv = buffers.result(batch * tokens * 3 * CHANNELS);
    backend.attention().globalBackward(batch, tokens, form, qkv, out, statistics, dOut, dQkv);
    check("dQkv", qkv, dQkv, dOut, forward);
  }
}
