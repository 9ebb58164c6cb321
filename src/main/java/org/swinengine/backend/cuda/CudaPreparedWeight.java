package org.swinengine.backend.cuda;

import org.swinengine.backend.Buffer;
import org.swinengine.backend.DType;
import org.swinengine.backend.PreparedWeight;
import org.swinengine.backend.Span;

/**
 * A weight as products read it: the float32 master itself, or a bf16 copy: the caller's where there is one,
 * else one of its own, made anew when the weight has changed.
 */
final class CudaPreparedWeight implements PreparedWeight {
  private final CudaMemory memory;
  private final Span master;
  private final Span given;
  private final int outFeatures;
  private final int inFeatures;

  /** Lives as long as this object: unreachable buffers give their memory back. */
  private Buffer copy;

  private boolean current;

  CudaPreparedWeight(CudaMemory memory, Span master, Span copyOrNull, int outFeatures, int inFeatures) {
    CudaBuffer.checkType("prepare", "the weight", master, DType.FLOAT32);
    this.memory = memory;
    if (copyOrNull != null) {
      CudaBuffer.checkType("prepare", "the weight's copy", copyOrNull, DType.BF16);
    }
    this.master = master;
    given = copyOrNull;
    this.outFeatures = outFeatures;
    this.inFeatures = inFeatures;
  }

  /** The weight {@code [out, in]} in a type. */
  synchronized Span in(DType type) {
    if (type == DType.FLOAT32) {
      return master;
    }
    if (given != null) {
      return given;
    }
    long n = (long) outFeatures * inFeatures;
    if (!current) {
      // A graph would convert it again and again, and until it runs the copy is not what it is taken for.
      memory.refuseInCapture("it uses a weight that has changed");
    }
    if (copy == null) {
      copy = memory.allocate(type, n);
    }
    if (!current) {
      memory.copy(master, copy, n);
      current = true;
    }
    return copy;
  }

  @Override
  public int outFeatures() {
    return outFeatures;
  }

  @Override
  public int inFeatures() {
    return inFeatures;
  }

  @Override
  public synchronized void invalidate() {
    current = false;
  }
}
