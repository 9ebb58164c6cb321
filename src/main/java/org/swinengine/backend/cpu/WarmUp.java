package org.swinengine.backend.cpu;

import java.util.concurrent.atomic.AtomicBoolean;
import org.swinengine.backend.AttentionKernels.AttentionForm;
import org.swinengine.backend.AttentionKernels.FormGradients;
import org.swinengine.backend.Buffer;
import org.swinengine.backend.DType;
import org.swinengine.backend.Epilogue;
import org.swinengine.backend.OptimizerKernels.AdamW;
import org.swinengine.backend.PreparedWeight;
import org.swinengine.backend.Prologue;
import org.swinengine.backend.WindowGeometry;
import org.swinengine.backend.WindowGeometry.PaddingOrder;

/**
 * Has the virtual machine compile the hot kernels before the first real work, on small operands.
 *
 * <p>Two reasons. Until a kernel is compiled its vectors are objects, a thousand times slower: a first training step on
 * real operands took ten seconds and more. And a kernel that is still running its first long loop when the compiler
 * takes notice is compiled from the middle of that loop, where the accumulators are objects and stay so; short loops,
 * called often, are compiled whole. Results do not depend on any of this.
 */
final class WarmUp {
  private static final AtomicBoolean DONE = new AtomicBoolean();

  /** Calls after which a kernel of short loops has reached the optimizing compiler. */
  private static final int ROUNDS = 400;

  /** Tokens of a window; as rows of a product, tiles of seven. */
  private static final int ROWS = 49;

  /** Rows of a product that make tiles of eight. */
  private static final int EVEN_ROWS = 48;

  private static final int CHANNELS = 64;
  private static final int HIDDEN = 64;

  private final CpuBackend backend;

  private WarmUp(CpuBackend backend) {
    this.backend = backend;
  }

  /** Warms up once in a process. */
  static void once(CpuBackend backend) {
    if (Boolean.parseBoolean(System.getProperty("swin.warmup", "true")) && !DONE.getAndSet(true)) {
      new WarmUp(backend).run();
    }
  }

  private Buffer zeros(int size) {
    Buffer buffer = backend.memory().allocate(DType.FLOAT32, size);
    backend.memory().fill(buffer, size, 0);
    return buffer;
  }

  private void run() {
    Buffer x = zeros(ROWS * CHANNELS);
    Buffer y = zeros(ROWS * CHANNELS);
    Buffer hidden = zeros(ROWS * HIDDEN);
    Buffer vector = zeros(3 * CHANNELS);
    Buffer mean = zeros(ROWS);
    Buffer deviation = zeros(ROWS);
    Buffer matrix = zeros(CHANNELS * HIDDEN);
    Buffer gradient = zeros(CHANNELS * HIDDEN);
    PreparedWeight weight = backend.matrix().prepare(matrix, HIDDEN, CHANNELS);
    Prologue norm = Prologue.layerNorm(vector, vector, 1e-5, mean, deviation);
    for (int i = 0; i < ROUNDS; i++) {
      backend.matrix().linear(EVEN_ROWS, x, weight, norm, Epilogue.bias(vector), hidden);
      backend.matrix().linear(ROWS, x, weight, Prologue.NONE, Epilogue.biasResidual(vector, null, 1, x), y);
      backend.matrix().mlp(ROWS, x, norm, weight, vector, hidden, weight, Epilogue.NONE, y);
      backend.matrix().linearBackwardInput(ROWS, hidden, weight, Epilogue.timesGeluGradient(x), y);
      backend
          .matrix()
          .linearBackwardWeight(ROWS, x, norm, hidden, HIDDEN, CHANNELS, gradient, vector, (i & 1) == 0);
      backend
          .matrix()
          .linearBackwardWeight(ROWS, x, Prologue.GELU, hidden, HIDDEN, CHANNELS, gradient, null, true);
      backend
          .norm()
          .layerNormBackward(
              ROWS, CHANNELS, y, x, mean, deviation, vector, hidden, (i & 1) == 0, vector, gradient, false);
      backend.norm().layerNorm(ROWS, CHANNELS, x, vector, vector, 1e-5, y, mean, deviation);
      backend.pointwise().add(ROWS * CHANNELS, x, y, y);
    }
    attention(x);
    optimizer(matrix, gradient);
    for (Buffer buffer : new Buffer[] {x, y, hidden, vector, mean, deviation, matrix, gradient}) {
      buffer.release();
    }
  }

  private void attention(Buffer out) {
    int heads = 2;
    WindowGeometry geometry = new WindowGeometry(1, 7, 7, 7, 7, 0, 0, PaddingOrder.PAD_THEN_SHIFT);
    Buffer table = zeros(geometry.biasTableRows() * heads);
    Buffer qkv = zeros(ROWS * 3 * CHANNELS);
    Buffer dQkv = zeros(ROWS * 3 * CHANNELS);
    Buffer statistics = zeros(heads * ROWS * 2);
    AttentionForm windowed = AttentionForm.table(heads, CHANNELS / heads, 0.1, table, null);
    AttentionForm plain = AttentionForm.plain(heads, CHANNELS / heads);
    FormGradients gradients = new FormGradients(table, null, null, null);
    for (int i = 0; i < ROUNDS; i++) {
      backend.attention().windowForward(geometry, windowed, qkv, out, statistics);
      backend.attention().windowBackward(geometry, windowed, qkv, statistics, out, dQkv, gradients);
      backend.attention().globalForward(1, ROWS, plain, qkv, out, statistics);
      backend.attention().globalBackward(1, ROWS, plain, qkv, out, statistics, out, dQkv);
    }
    for (Buffer buffer : new Buffer[] {table, qkv, dQkv, statistics}) {
      buffer.release();
    }
  }

  private void optimizer(Buffer parameters, Buffer gradients) {
    int n = CHANNELS * HIDDEN;
    Buffer first = zeros(n);
    Buffer second = zeros(n);
    Buffer squares = zeros(1);
    Buffer control = zeros(3);
    AdamW step = new AdamW(0, 0.9, 0.999, 1e-8, 0, 1);
    for (int i = 0; i < ROUNDS; i++) {
      backend.reduce().sumOfSquares(n, gradients, squares);
      backend.optimizer().clipControl(squares, 1, control);
      backend.optimizer().adamW(n, step, control, parameters, gradients, first, second);
    }
    for (Buffer buffer : new Buffer[] {first, second, squares, control}) {
      buffer.release();
    }
  }
}
