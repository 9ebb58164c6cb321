package org.swinengine.backend.cuda;

import org.swinengine.backend.Buffer;
import org.swinengine.backend.DType;
import org.swinengine.backend.PreparedWeight;
import org.swinengine.backend.Prologue;
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

  private Folded folded;
  private boolean foldedCurrent;

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

  /**
   * The weight with a LayerNorm before it and the bias behind it folded in ({@code normFold.cuh}).
   *
   * @param weight {@code [out, in]}: gamma's columns, in bf16
   * @param sums {@code [out]}: of the rows of {@code weight}
   * @param shifts {@code [out]}: what beta and the bias add
   */
  record Folded(Prologue prologue, Span biasOrNull, Buffer weight, Buffer sums, Buffer shifts) {
    private boolean isOf(Prologue other, Span otherBias) {
      return prologue.version() == other.version() && same(prologue.gamma(), other.gamma())
          && same(prologue.beta(), other.beta()) && same(biasOrNull, otherBias);
    }

    private static boolean same(Span a, Span b) {
      return a == null || b == null ? a == b : a.buffer() == b.buffer() && a.offset() == b.offset();
    }
  }

  /** Folds the norm of a steady prologue in, unless that has been done for this version. */
  synchronized Folded folded(CudaNorm norm, Prologue prologue, Span biasOrNull) {
    if (!foldedCurrent || !folded.isOf(prologue, biasOrNull)) {
      memory.refuseInCapture("it uses a weight that has changed");
      Buffer weight =
          folded == null ? memory.allocate(DType.BF16, (long) outFeatures * inFeatures) : folded.weight;
      Buffer sums = folded == null ? memory.scratch(outFeatures) : folded.sums;
      Buffer shifts = folded == null ? memory.scratch(outFeatures) : folded.shifts;
      norm.fold(outFeatures, inFeatures, master, prologue, biasOrNull, weight, sums, shifts);
      // Without what was kept of rows: their memory is not this weight's to hold.
      Prologue steady =
          Prologue.steadyLayerNorm(
              prologue.gamma(), prologue.beta(), prologue.epsilon(), null, prologue.version());
      folded = new Folded(steady, biasOrNull, weight, sums, shifts);
      foldedCurrent = true;
    }
    return folded;
  }

  @Override
  public int outFeatures() {
    return outFeatures;
  }

  @Override
  public int inFeatures() {
    return inFeatures;
  }

  /** Training normalises rows by themselves. Whoever is about to use what was folded in has hold of it. */
  @Override
  public synchronized void release() {
    folded = null;
    foldedCurrent = false;
  }

  @Override
  public synchronized void invalidate() {
    current = false;
    foldedCurrent = false;
  }
}
