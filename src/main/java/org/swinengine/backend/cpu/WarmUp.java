package org.swinengine.backend.cpu;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
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
 * <p>Two reasons. Until a kernel is compiled its vectors are objects, a thousand times slower: a first
 * training step on real operands took ten seconds and more. And a kernel that is still running its first
 * long loop when the compiler takes notice is compiled from the middle of that loop, where the accumulators
 * are objects and stay so; short loops, called often, are compiled whole. Results do not depend on any of
 * this.
 *
 * <p>What training alone uses is compiled before the first gradient, so that a prediction need not wait for
 * it.
 */
final class WarmUp {
  private static final AtomicBoolean FORWARD = new AtomicBoolean();

  /** What {@link #startEarly} began and no backend has been given yet. */
  private static final AtomicReference<Thread> EARLY = new AtomicReference<>();

  private static final AtomicBoolean WINDOWS = new AtomicBoolean();
  private static final AtomicBoolean GLOBAL = new AtomicBoolean();
  private static final AtomicBoolean TRAINING = new AtomicBoolean();

  /** Calls after which a kernel of short loops has reached the optimizing compiler. */
  private static final int ROUNDS = 400;

  /** Tokens of a window; as rows of a product, tiles of a row less than the most too. */
  private static final int ROWS = 49;

  /** Rows of a product that are whole tiles of three, four, six, eight or twelve rows. */
  private static final int EVEN_ROWS = 48;

  private static final int CHANNELS = 64;
  private static final int HIDDEN = 64;
  private static final int HEADS = 2;

  private final CpuBackend backend;
  private final List<Buffer> buffers = new ArrayList<>();
  private final Buffer x;
  private final Buffer y;
  private final Buffer hidden;
  private final Buffer vector;
  private final Buffer mean;
  private final Buffer deviation;
  private final Prologue norm;

  private WarmUp(CpuBackend backend) {
    this.backend = backend;
    x = zeros(ROWS * CHANNELS);
    y = zeros(ROWS * CHANNELS);
    hidden = zeros(ROWS * HIDDEN);
    vector = zeros(3 * CHANNELS);
    mean = zeros(ROWS);
    deviation = zeros(ROWS);
    norm = Prologue.layerNorm(vector, vector, 1e-5, mean, deviation);
  }

  /**
   * Warms up what every model computes, once in a process, on a thread of its own and with no others: they
   * would only take the compiler's processors.
   *
   * @return the thread, or null if there is nothing to do
   */
  static Thread startForward() {
    Thread early = EARLY.getAndSet(null);
    if (early != null) {
      return early;
    }
    return isOn() && !FORWARD.getAndSet(true) ? start(WarmUp::forward, null) : null;
  }

  /**
   * Begins {@link #startForward} before there is a backend. Where the user has wishes about the kernels
   * nothing is done: if they cannot be met, the thread that opens the backend is to say so.
   */
  static void startEarly() {
    boolean wishes = System.getProperty("swin.simd") != null || System.getProperty("swin.tile") != null;
    if (!wishes && isOn() && !FORWARD.getAndSet(true)) {
      EARLY.set(start(WarmUp::forward, null));
    }
  }

  /**
   * The same for one kind of attention, after what runs already.
   *
   * @param windows whether attention within windows is meant, or attention of all tokens
   * @param running the thread that warms up now; null if none
   * @return the last thread to wait for, null if there is none
   */
  static Thread startAttention(boolean windows, Thread running) {
    if (!isOn() || (windows ? WINDOWS : GLOBAL).getAndSet(true)) {
      return running;
    }
    return start(windows ? WarmUp::windowAttention : WarmUp::globalAttention, running);
  }

  private static Thread start(Consumer<WarmUp> what, Thread before) {
    Runnable task =
        () -> {
          if (before != null) {
            await(before);
          }
          LoopProvider loops = LoopProvider.chosen();
          if (loops.vectorBits() > 0) {
            try (CpuBackend backend = new CpuBackend(1, loops)) {
              run(backend, what);
            }
          }
        };
    Thread thread = new Thread(task, "swin-warm-up");
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  /** Returns when the thread has ended. */
  static void await(Thread thread) {
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Warms up what training adds, once in a process. */
  static void training(CpuBackend backend) {
    if (isOn() && !TRAINING.getAndSet(true)) {
      run(backend, WarmUp::training);
    }
  }

  private static boolean isOn() {
    return Boolean.parseBoolean(System.getProperty("swin.warmup", "true"));
  }

  private static void run(CpuBackend backend, Consumer<WarmUp> what) {
    WarmUp warmUp = new WarmUp(backend);
    what.accept(warmUp);
    warmUp.buffers.forEach(Buffer::release);
  }

  /** Memory that {@link #run} gives back. */
  private Buffer zeros(int size) {
    Buffer buffer = backend.memory().allocate(DType.FLOAT32, size);
    backend.memory().fill(buffer, size, 0);
    buffers.add(buffer);
    return buffer;
  }

  private void forward() {
    PreparedWeight weight = backend.matrix().prepare(zeros(CHANNELS * HIDDEN), HIDDEN, CHANNELS);
    for (int i = 0; i < ROUNDS; i++) {
      backend.matrix().linear(EVEN_ROWS, x, weight, norm, Epilogue.bias(vector), hidden);
      backend.matrix().linear(ROWS, x, weight, Prologue.NONE, Epilogue.biasResidual(vector, null, 1, x), y);
      backend.matrix().mlp(ROWS, x, norm, weight, vector, hidden, weight, Epilogue.NONE, y);
      backend.norm().layerNorm(ROWS, CHANNELS, x, vector, vector, 1e-5, y, mean, deviation);
      backend.pointwise().add(ROWS * CHANNELS, x, y, y);
    }
  }

  private void windowAttention() {
    Buffer qkv = zeros(ROWS * 3 * CHANNELS);
    Buffer statistics = zeros(HEADS * ROWS * 2);
    AttentionForm windowed = windowed();
    for (int i = 0; i < ROUNDS; i++) {
      backend.attention().windowForward(geometry(), windowed, qkv, y, statistics);
    }
  }

  private void globalAttention() {
    Buffer qkv = zeros(ROWS * 3 * CHANNELS);
    Buffer statistics = zeros(HEADS * ROWS * 2);
    for (int i = 0; i < ROUNDS; i++) {
      backend.attention().globalForward(1, ROWS, plain(), qkv, y, statistics);
    }
  }

  private static WindowGeometry geometry() {
    return new WindowGeometry(1, 7, 7, 7, 7, 0, 0, PaddingOrder.PAD_THEN_SHIFT);
  }

  private AttentionForm windowed() {
    return AttentionForm.table(HEADS, CHANNELS / HEADS, 0.1, zeros(geometry().biasTableRows() * HEADS), null);
  }

  private static AttentionForm plain() {
    return AttentionForm.plain(HEADS, CHANNELS / HEADS);
  }

  private void training() {
    Buffer matrix = zeros(CHANNELS * HIDDEN);
    Buffer gradient = zeros(CHANNELS * HIDDEN);
    PreparedWeight weight = backend.matrix().prepare(matrix, HIDDEN, CHANNELS);
    for (int i = 0; i < ROUNDS; i++) {
      backend.matrix().linearBackwardInput(ROWS, hidden, weight, Epilogue.timesGeluGradient(x),
          y);
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
    }
    attentionBackward(x);
    optimizer(matrix, gradient);
  }

  private void attentionBackward(Buffer out) {
    Buffer qkv = zeros(ROWS * 3 * CHANNELS);
    Buffer dQkv = zeros(ROWS * 3 * CHANNELS);
    Buffer statistics = zeros(HEADS * ROWS * 2);
    AttentionForm windowed = windowed();
    FormGradients gradients = new FormGradients(windowed.biasTable(), null, null, null);
    for (int i = 0; i < ROUNDS; i++) {
      backend.attention().windowBackward(geometry(), windowed, qkv, statistics, out, dQkv, gradients);
      backend.attention().globalBackward(1, ROWS, plain(), qkv, out, statistics, out, dQkv);
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
      backend.optimizer().clipControl(squares, null, 0, 1, control);
      backend.optimizer().adamW(n, step, control, parameters, gradients, first, second, null);
    }
  }
}
