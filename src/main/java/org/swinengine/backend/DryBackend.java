package org.swinengine.backend;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import org.jspecify.annotations.Nullable;

/**
 * A backend that computes nothing: its buffers have sizes but no memory, its kernels do nothing, what is
 * downloaded is zero. Passes of a model on it show within milliseconds what memory they would take on the
 * backend that it stands for, because scopes, tapes and prepared weights are the real ones. Of the memory
 * that kernels take for themselves it counts what the backend tells ({@link Backend#kernelMemory}), and it
 * holds parts of sums that wait, and the blocks of steps that repeat, as the backend does.
 */
public final class DryBackend implements Backend {
  private final Backend original;
  private final DryMemory memory;
  private final KernelMemory kernels;
  private final DryTemporaries temporaries;
  private @Nullable Object last;
  private @Nullable Object repeated;

  /**
   * @param original the backend whose types and whose rounding of sizes it has
   */
  public DryBackend(Backend original) {
    this.original = original;
    memory = new DryMemory(original.memory());
    kernels = original.kernelMemory();
    temporaries = new DryTemporaries(memory, kernels, original.deferredBytes());
  }

  @Override
  public String name() {
    return original.name();
  }

  @Override
  public String describe() {
    return "a dry run of " + original.describe();
  }

  @Override
  public DType computeType() {
    return original.computeType();
  }

  @Override
  public boolean joinsPasses(DType activations) {
    return original.joinsPasses(activations);
  }

  @Override
  public boolean keepsActivations(DType activations) {
    return original.keepsActivations(activations);
  }

  @Override
  public boolean multipliesPairs(DType activations, int columns, int outFeatures) {
    return original.multipliesPairs(activations, columns, outFeatures);
  }

  @Override
  public DType masterType() {
    return original.masterType();
  }

  @Override
  public Deferral deferSums() {
    return temporaries.defer();
  }

  /** As a device that records: from a step's second time on its blocks are its own. */
  @Override
  public Repetition repeating(Object likeness) {
    boolean isAgain = likeness.equals(last);
    last = likeness;
    if (!isAgain || !original.records() || !original.libraries().isEmpty()) {
      return Repetition.NONE;
    }
    if (!likeness.equals(repeated)) {
      repeated = likeness;
      memory.keepForSteps(kernels.repeatedStep());
    }
    memory.ofStep(true);
    return () -> memory.ofStep(false);
  }

  @Override
  public int mostHeadChannels() {
    return original.mostHeadChannels();
  }

  @Override
  public boolean prefersPixels() {
    return original.prefersPixels();
  }

  @Override
  public MemoryKernels memory() {
    return memory;
  }

  @Override
  public MatrixKernels matrix() {
    return family(MatrixKernels.class);
  }

  @Override
  public NormKernels norm() {
    return family(NormKernels.class);
  }

  @Override
  public AttentionKernels attention() {
    return family(AttentionKernels.class);
  }

  @Override
  public WindowKernels window() {
    return family(WindowKernels.class);
  }

  @Override
  public PatchKernels patch() {
    return family(PatchKernels.class);
  }

  @Override
  public PointwiseKernels pointwise() {
    return family(PointwiseKernels.class);
  }

  @Override
  public ReduceKernels reduce() {
    return family(ReduceKernels.class);
  }

  @Override
  public LossKernels loss() {
    return family(LossKernels.class);
  }

  @Override
  public OptimizerKernels optimizer() {
    return family(OptimizerKernels.class);
  }

  @Override
  public RandomKernels random() {
    return family(RandomKernels.class);
  }

  /** Bytes that all buffers ever made have room for: those in use, and those that wait in the pool. */
  public long heldBytes() {
    return memory.heldBytes();
  }

  @Override
  public void close() {}

  /** Kernels that do nothing but for asking for the prepared form of the weights that they are given. */
  private <K> K family(Class<K> kernels) {
    InvocationHandler handler = (proxy, method, arguments) -> call(proxy, method, arguments);
    return kernels.cast(Proxy.newProxyInstance(kernels.getClassLoader(), new Class<?>[] {kernels}, handler));
  }

  private @Nullable Object call(Object proxy, Method method, Object[] arguments) throws Throwable {
    if (method.getName().equals("rowStatisticsSize")) {
      return original.norm().rowStatisticsSize((DType) arguments[0], (int) arguments[1]);
    }
    if (method.isDefault()) {
      try {
        return InvocationHandler.invokeDefault(proxy, method, arguments);
      } catch (UnsupportedOperationException e) {
        // The original can, and nothing is computed here.
      }
    }
    if (method.getReturnType() == PreparedWeight.class) {
      return new DryWeight(arguments[1] != null, (int) arguments[2], (int) arguments[3]);
    }
    if (arguments != null) {
      for (Object argument : arguments) {
        if (argument instanceof DryWeight weight) {
          weight.need(method.getName().contains("Backward"));
        }
      }
      temporaries.call(method.getName(), arguments);
    }
    Class<?> type = method.getReturnType();
    return type == boolean.class ? false : type == int.class ? (Object) 0 : type == long.class ? 0L : null;
  }

  /** A weight whose two prepared forms, forward and backward, are copies of it, or the caller's copy. */
  final class DryWeight implements PreparedWeight {
    private final boolean hasCopy;
    private final int out;
    private final int in;
    private final Buffer[] forms = new Buffer[3];

    DryWeight(boolean hasCopy, int out, int in) {
      this.hasCopy = hasCopy;
      this.out = out;
      this.in = in;
    }

    void need(boolean backward) {
      int form = backward ? 1 : 0;
      long bytes = kernels.preparedWeight(computeType(), out, in);
      if (forms[form] == null && !hasCopy && bytes > 0) {
        forms[form] = memory.allocate(computeType(), bytes / computeType().bytes());
      }
    }

    /** What stays with it of a prologue that was folded in. */
    void fold(long bytes) {
      if (forms[2] == null && bytes > 0) {
        forms[2] = memory.allocate(DType.BF16, bytes / Short.BYTES);
      }
    }

    @Override
    public int outFeatures() {
      return out;
    }

    @Override
    public int inFeatures() {
      return in;
    }

    @Override
    public void invalidate() {}

    @Override
    public void release() {
      for (int i = 0; i < forms.length; i++) {
        if (forms[i] != null) {
          forms[i].release();
          forms[i] = null;
        }
      }
    }
  }
}
