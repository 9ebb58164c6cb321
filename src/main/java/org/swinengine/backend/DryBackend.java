package org.swinengine.backend;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A backend that computes nothing: its buffers have sizes but no memory, its kernels do nothing, what is
 * downloaded is zero. Passes of a model on it show within milliseconds what memory they would take on the
 * backend that it stands for, because scopes, tapes and prepared weights are the real ones. Not counted are
 * the buffers and the threads' working memory that kernels themselves take for partial sums, but for
 * those that wait ({@link Backend#deferredBytes}).
 */
public final class DryBackend implements Backend {
  private final Backend original;
  private final DryMemory memory;

  /**
   * @param original the backend whose types and whose rounding of sizes it has
   */
  public DryBackend(Backend original) {
    this.original = original;
    memory = new DryMemory(original.memory());
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
    memory.defer(original.deferredBytes());
    return Deferral.NONE;
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
    return memory.held;
  }

  @Override
  public void close() {}

  /** Kernels that do nothing but for asking for the prepared form of the weights that they are given. */
  private <K> K family(Class<K> kernels) {
    InvocationHandler handler = (proxy, method, arguments) -> call(proxy, method, arguments);
    return kernels.cast(Proxy.newProxyInstance(kernels.getClassLoader(), new Class<?>[] {kernels}, handler));
  }

  private @Nullable Object call(Object proxy, Method method, Object[] arguments) throws Throwable {
    if (method.isDefault() && method.getReturnType() != void.class) {
      return InvocationHandler.invokeDefault(proxy, method, arguments);
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
    }
    Class<?> type = method.getReturnType();
    return type == boolean.class ? false : type == int.class ? (Object) 0 : type == long.class ? 0L : null;
  }

  /** A weight whose two prepared forms, forward and backward, are copies of it, or the caller's copy. */
  private final class DryWeight implements PreparedWeight {
    private final boolean hasCopy;
    private final int out;
    private final int in;
    private final Buffer[] forms = new Buffer[2];

    DryWeight(boolean hasCopy, int out, int in) {
      this.hasCopy = hasCopy;
      this.out = out;
      this.in = in;
    }

    void need(boolean backward) {
      int form = backward ? 1 : 0;
      if (forms[form] == null && !hasCopy) {
        forms[form] = memory.allocate(computeType(), (long) out * in);
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

  /** Counts what a pool would hold that keeps every buffer for the next of its size class. */
  private static final class DryMemory implements MemoryKernels {
    private final MemoryKernels original;
    private final Map<DType, TreeMap<Long, Integer>> waiting = new HashMap<>();
    private long live;
    private long peak;
    private long held;
    private long forPixels;
    private long forSums;
    private long made;
    private long reused;

    DryMemory(MemoryKernels original) {
      this.original = original;
    }

    synchronized void defer(long bytes) {
      held += Math.max(0, bytes - forSums);
      forSums = Math.max(forSums, bytes);
    }

    @Override
    public synchronized Buffer allocate(DType dtype, long size) {
      long room = original.roomFor(dtype, size);
      TreeMap<Long, Integer> free = waiting.computeIfAbsent(dtype, type -> new TreeMap<>());
      Long found = free.ceilingKey(room);
      if (found != null && found <= original.longestReuse(dtype, room)) {
        free.computeIfPresent(found, (key, count) -> count == 1 ? null : count - 1);
        reused++;
      } else {
        held += room;
        made++;
        found = room;
      }
      long taken = found;
      long bytes = size * dtype.bytes();
      live += bytes;
      peak = Math.max(peak, live);
      return new Buffer(dtype, size) {
        @Override
        protected void recycle() {
          synchronized (DryMemory.this) {
            live -= bytes;
            free.merge(taken, 1, Integer::sum);
          }
        }
      };
    }

    @Override
    public long roomFor(DType dtype, long size) {
      return original.roomFor(dtype, size);
    }

    @Override
    public long longestReuse(DType dtype, long room) {
      return original.longestReuse(dtype, room);
    }

    @Override
    public void fill(Span x, long n, double value) {}

    @Override
    public void copy(Span from, Span to, long n) {}

    @Override
    public void copyRows(int rows, int columns, Span from, long fromStride, Span to, long toStride) {}

    @Override
    public void upload(float[] from, int fromOffset, Span to, int n) {}

    @Override
    public synchronized void uploadPixels(PixelBatch batch, Span to) {
      long room = original.roomForPixels(batch.size());
      held += Math.max(0, room - forPixels);
      forPixels = Math.max(forPixels, room);
    }

    @Override
    public void upload(double[] from, int fromOffset, Span to, int n) {}

    @Override
    public void upload(int[] from, int fromOffset, Span to, int n) {}

    @Override
    public void download(Span from, float[] to, int toOffset, int n) {}

    @Override
    public void download(Span from, double[] to, int toOffset, int n) {}

    @Override
    public void download(Span from, int[] to, int toOffset, int n) {}

    @Override
    public synchronized MemoryStatistics statistics() {
      return new MemoryStatistics(live, peak, held - live, made, reused);
    }

    @Override
    public synchronized void resetPeak() {
      peak = live;
    }
  }
}
