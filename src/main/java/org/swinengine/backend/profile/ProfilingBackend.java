package org.swinengine.backend.profile;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.Consumer;
import java.util.function.Function;
import org.swinengine.backend.AttentionKernels;
import org.swinengine.backend.Backend;
import org.swinengine.backend.DType;
import org.swinengine.backend.KernelMemory;
import org.swinengine.backend.LossKernels;
import org.swinengine.backend.MatrixKernels;
import org.swinengine.backend.MemoryKernels;
import org.swinengine.backend.NormKernels;
import org.swinengine.backend.OptimizerKernels;
import org.swinengine.backend.PatchKernels;
import org.swinengine.backend.PointwiseKernels;
import org.swinengine.backend.RandomKernels;
import org.swinengine.backend.ReduceKernels;
import org.swinengine.backend.WindowKernels;

/**
 * Another backend whose every kernel call is timed on the thread that makes it, and waited for: on a GPU,
 * which otherwise computes while calls go on, each call's time has the launch and the wait in it, some ten
 * microseconds. Sums do not wait for each other here ({@link #deferSums}): each call's time has its own.
 */
public final class ProfilingBackend implements Backend {
  private final Backend backend;
  private final Recorder recorder = new Recorder();
  private final MemoryKernels memory;
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

  /**
   * @param backend computes; closed with this one
   */
  public ProfilingBackend(Backend backend) {
    this.backend = backend;
    memory = timed(MemoryKernels.class, backend.memory(), MemoryWork::new);
    matrix = timed(MatrixKernels.class, backend.matrix(), MatrixWork::new);
    norm = timed(NormKernels.class, backend.norm(), NormWork::new);
    attention = timed(AttentionKernels.class, backend.attention(), AttentionWork::new);
    window = timed(WindowKernels.class, backend.window(), WindowWork::new);
    patch = timed(PatchKernels.class, backend.patch(), PatchWork::new);
    pointwise = timed(PointwiseKernels.class, backend.pointwise(), PointwiseWork::new);
    reduce = timed(ReduceKernels.class, backend.reduce(), ReduceWork::new);
    loss = timed(LossKernels.class, backend.loss(), LossWork::new);
    optimizer = timed(OptimizerKernels.class, backend.optimizer(), OptimizerWork::new);
    random = timed(RandomKernels.class, backend.random(), RandomWork::new);
  }

  /**
   * A family whose methods are called twice: one that only tells what the call is, then the one that
   * computes.
   */
  private <K> K timed(Class<K> family, K kernels, Function<Consumer<Work>, K> counting) {
    K work = counting.apply(recorder::announce);
    Object proxy =
        Proxy.newProxyInstance(
            family.getClassLoader(),
            new Class<?>[] {family},
            (self, method, arguments) -> {
              if (method.getDeclaringClass() == Object.class) {
                return method.invoke(kernels, arguments);
              }
              long asked = System.nanoTime();
              method.invoke(work, arguments);
              long started = System.nanoTime();
              try {
                Object answer = method.invoke(kernels, arguments);
                backend.synchronize();
                return answer;
              } catch (InvocationTargetException e) {
                throw e.getCause();
              } finally {
                recorder.done(asked, started, System.nanoTime());
              }
            });
    return family.cast(proxy);
  }

  /** The calls since the start or the last time that this was asked, by kind, in the order of first calls. */
  public List<KernelTime> take() {
    return recorder.take();
  }

  /** Time that counting took since the start or the last time that this was asked; no kernel has it. */
  public double takeOwnSeconds() {
    return recorder.takeOwnSeconds();
  }

  @Override
  public String name() {
    return backend.name();
  }

  @Override
  public String describe() {
    return backend.describe();
  }

  @Override
  public DType computeType() {
    return backend.computeType();
  }

  @Override
  public boolean joinsPasses(DType activations) {
    return backend.joinsPasses(activations);
  }

  @Override
  public boolean keepsActivations(DType activations) {
    return backend.keepsActivations(activations);
  }

  @Override
  public boolean multipliesPairs(DType activations, int columns, int outFeatures) {
    return backend.multipliesPairs(activations, columns, outFeatures);
  }

  @Override
  public KernelMemory kernelMemory() {
    return backend.kernelMemory();
  }

  @Override
  public DType masterType() {
    return backend.masterType();
  }

  @Override
  public int mostHeadChannels() {
    return backend.mostHeadChannels();
  }

  @Override
  public boolean prefersPixels() {
    return backend.prefersPixels();
  }

  @Override
  public MemoryKernels memory() {
    return memory;
  }

  @Override
  public MatrixKernels matrix() {
    return matrix;
  }

  @Override
  public NormKernels norm() {
    return norm;
  }

  @Override
  public AttentionKernels attention() {
    return attention;
  }

  @Override
  public WindowKernels window() {
    return window;
  }

  @Override
  public PatchKernels patch() {
    return patch;
  }

  @Override
  public PointwiseKernels pointwise() {
    return pointwise;
  }

  @Override
  public ReduceKernels reduce() {
    return reduce;
  }

  @Override
  public LossKernels loss() {
    return loss;
  }

  @Override
  public OptimizerKernels optimizer() {
    return optimizer;
  }

  @Override
  public RandomKernels random() {
    return random;
  }

  @Override
  public void prepareGradients() {
    backend.prepareGradients();
  }

  @Override
  public OptionalDouble measurePeakGflops() {
    return backend.measurePeakGflops();
  }

  @Override
  public void synchronize() {
    backend.synchronize();
  }

  @Override
  public void close() {
    backend.close();
  }
}
