package org.swinengine.backend.cpu;

import java.util.OptionalDouble;
import java.util.concurrent.atomic.AtomicBoolean;
import org.swinengine.backend.AttentionKernels;
import org.swinengine.backend.Backend;
import org.swinengine.backend.DType;
import org.swinengine.backend.LossKernels;
import org.swinengine.backend.MatrixKernels;
import org.swinengine.backend.MemoryKernels;
import org.swinengine.backend.NormKernels;
import org.swinengine.backend.OptimizerKernels;
import org.swinengine.backend.PatchKernels;
import org.swinengine.backend.PointwiseKernels;
import org.swinengine.backend.RandomKernels;
import org.swinengine.backend.ReduceKernels;
import org.swinengine.backend.Warnings;
import org.swinengine.backend.WindowKernels;
import org.swinengine.backend.cpu.attention.CpuAttention;
import org.swinengine.backend.cpu.loss.CpuLoss;
import org.swinengine.backend.cpu.matrix.CpuMatrix;
import org.swinengine.backend.cpu.memory.CpuMemory;
import org.swinengine.backend.cpu.norm.CpuNorm;
import org.swinengine.backend.cpu.optimizer.CpuOptimizer;
import org.swinengine.backend.cpu.patch.CpuPatch;
import org.swinengine.backend.cpu.peak.FmaPeak;
import org.swinengine.backend.cpu.pointwise.CpuPointwise;
import org.swinengine.backend.cpu.random.CpuRandom;
import org.swinengine.backend.cpu.reduce.CpuReduce;
import org.swinengine.backend.cpu.runtime.WorkerPool;
import org.swinengine.backend.cpu.simd.Simd;
import org.swinengine.backend.cpu.window.CpuWindow;

/**
 * Float32 on the processor: the Vector API where its module is present, else scalar kernels that give the
 * same bits.
 */
public final class CpuBackend implements Backend {
  /** Whether this process has been told what it does without. */
  private static final AtomicBoolean WARNED = new AtomicBoolean();

  private final WorkerPool pool;
  private final LoopProvider loops;
  private final CpuMemory memory;

  private final MatrixKernels matrix;

  private final NormKernels norm;

  private final AttentionKernels attention;

  private final WindowKernels window;

  private final PatchKernels patch;

  private final PointwiseKernels pointwise;

  private final ReduceKernels reduce;

  private final LossKernels loss;

  private final OptimizerKernels optimizer;

  private final RandomKernels random;

  /** Has the kernels compiled meanwhile; null when that is done. */
  private volatile Thread warmUp;

  private volatile boolean attentionPrepared;

  /**
   * The first backend of a process has its kernels compiled, which takes a second; it does so while its user
   * reads the weights, and the first kernel that computes waits for it. Those of training are compiled when
   * they are {@link #prepareGradients asked for} ({@code -Dswin.warmup=false}: neither are). Where the Vector
   * API's module is absent, a {@linkplain Warnings warning} says once what that costs.
   *
   * @param threads threads that compute, at least 1; results do not depend on it
   */
  public CpuBackend(int threads) {
    this(threads, LoopProvider.chosen());
    if (loops.vectorBits() > 0) {
      warmUp = WarmUp.startForward();
      attentionPrepared = false;
    } else if (WARNED.compareAndSet(false, true)) {
      Simd.missing().ifPresent(Warnings::say);
    }
  }

  /** The same with given loops, and without their being compiled first. */
  CpuBackend(int threads, LoopProvider loops) {
    this.pool = new WorkerPool(threads);
    this.loops = loops;
    this.attentionPrepared = true; // whoever names the kernels does not want them warmed up
    this.memory = new CpuMemory(pool);
    this.norm =
        new CpuNorm(
            pool, loops.layerNormRows(), loops.normLoops(), loops.pointwiseLoops(), memory);
    this.patch = new CpuPatch(pool);
    this.pointwise = new CpuPointwise(pool, loops.pointwiseLoops());
    this.reduce = new CpuReduce(pool, loops.pointwiseLoops(), memory);
    this.loss = new CpuLoss(pool, loops.pointwiseLoops(), loops.reduceLoops());
    this.optimizer = new CpuOptimizer(pool, loops.optimizerLoops());
    this.random = new CpuRandom(pool);
    this.matrix = new CpuMatrix(pool, loops.matrixTiles(), loops.layerNormRows());
    this.attention = new CpuAttention(pool, loops.attentionLoops(), memory);
    this.window = new CpuWindow(pool);
  }

  /**
   * Has the kernels compiled from now on, on a thread of its own, for a process that will open a backend:
   * this takes longer than whatever else the process does before. Happens once.
   */
  public static void warmUpEarly() {
    WarmUp.startEarly();
  }

  /** Bits of the vectors that backends of this process compute with by default; 0: scalar kernels. */
  public static int vectorBits() {
    return Simd.isVector() ? Simd.BITS : 0;
  }

  /**
   * Which register tile matrix products of this process have by default, and why; empty for scalar kernels.
   */
  public static String tile() {
    return LoopProvider.chosen().tile();
  }

  @Override
  public String name() {
    return "cpu";
  }

  @Override
  public String describe() {
    int bits = loops.vectorBits();
    String width = bits > 0 ? "Vector API, " + bits + "-bit" : "scalar kernels (" + loops.why() + ")";
    return "cpu: " + pool.threads() + (pool.threads() == 1 ? " thread, " : " threads, ") + width
        + ", float32";
  }

  @Override
  public DType computeType() {
    return DType.FLOAT32;
  }

  @Override
  public MemoryKernels memory() {
    return memory;
  }

  @Override
  public MatrixKernels matrix() {
    awaitWarmUp();
    return matrix;
  }

  @Override
  public NormKernels norm() {
    awaitWarmUp();
    return norm;
  }

  @Override
  public AttentionKernels attention() {
    if (!attentionPrepared) {
      prepareAttention(true);
      prepareAttention(false);
    }
    awaitWarmUp();
    return attention;
  }

  @Override
  public WindowKernels window() {
    awaitWarmUp();
    return window;
  }

  @Override
  public PatchKernels patch() {
    awaitWarmUp();
    return patch;
  }

  @Override
  public PointwiseKernels pointwise() {
    awaitWarmUp();
    return pointwise;
  }

  @Override
  public ReduceKernels reduce() {
    awaitWarmUp();
    return reduce;
  }

  @Override
  public LossKernels loss() {
    awaitWarmUp();
    return loss;
  }

  @Override
  public OptimizerKernels optimizer() {
    awaitWarmUp();
    return optimizer;
  }

  @Override
  public RandomKernels random() {
    return random;
  }

  private void awaitWarmUp() {
    Thread thread = warmUp;
    if (thread != null) {
      WarmUp.await(thread);
      warmUp = null;
    }
  }

  @Override
  public void prepareAttention(boolean windows) {
    attentionPrepared = true;
    if (loops.vectorBits() > 0) {
      warmUp = WarmUp.startAttention(windows, warmUp);
    }
  }

  @Override
  public void prepareGradients() {
    if (loops.vectorBits() > 0) {
      attention(); // the way forward comes first
      WarmUp.training(this);
    }
  }

  @Override
  public OptionalDouble measurePeakGflops() {
    return OptionalDouble.of(FmaPeak.gflops(pool, loops.fmaChains()));
  }

  @Override
  public void close() {
    awaitWarmUp();
    pool.close();
    memory.dropPool();
  }
}
