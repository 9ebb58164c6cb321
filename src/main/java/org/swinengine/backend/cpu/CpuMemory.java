package org.swinengine.backend.cpu;

import org.swinengine.backend.Buffer;
import org.swinengine.backend.DType;
import org.swinengine.backend.MemoryKernels;
import org.swinengine.backend.Span;

/** Memory family on the CPU. */
final class CpuMemory implements MemoryKernels {
  @Override
  public Buffer allocate(DType dtype, long size) {
    int n = Math.toIntExact(size) + Scratch.ALIGNED_START;
    return dtype == DType.INT32
        ? new CpuBuffer(this, new int[n], Scratch.ALIGNED_START, size)
        : new CpuBuffer(this, new float[n], Scratch.ALIGNED_START, size);
  }

  void takeBack(CpuBuffer buffer) {}

  @Override
  public void fill(Span x, long n, double value) {
    int start = CpuBuffer.start(x);
    java.util.Arrays.fill(CpuBuffer.floats(x), start, start + Math.toIntExact(n), (float) value);
  }

  @Override
  public void copy(Span from, Span to, long n) {
    System.arraycopy(
        CpuBuffer.floats(from), CpuBuffer.start(from), CpuBuffer.floats(to), CpuBuffer.start(to), (int) n);
  }

  @Override
  public void copyRows(int rows, int columns, Span from, long fromStride, Span to, long toStride) {
    for (int r = 0; r < rows; r++) {
      System.arraycopy(
          CpuBuffer.floats(from),
          (int) (CpuBuffer.start(from) + r * fromStride),
          CpuBuffer.floats(to),
          (int) (CpuBuffer.start(to) + r * toStride),
          columns);
    }
  }

  @Override
  public void upload(float[] from, int fromOffset, Span to, int n) {
    System.arraycopy(from, fromOffset, CpuBuffer.floats(to), CpuBuffer.start(to), n);
  }

  @Override
  public void upload(double[] from, int fromOffset, Span to, int n) {
    float[] floats = CpuBuffer.floats(to);
    int start = CpuBuffer.start(to);
    for (int i = 0; i < n; i++) {
      floats[start + i] = (float) from[fromOffset + i];
    }
  }

  @Override
  public void upload(int[] from, int fromOffset, Span to, int n) {
    System.arraycopy(from, fromOffset, CpuBuffer.ints(to), CpuBuffer.start(to), n);
  }

  @Override
  public void download(Span from, float[] to, int toOffset, int n) {
    System.arraycopy(CpuBuffer.floats(from), CpuBuffer.start(from), to, toOffset, n);
  }

  @Override
  public void download(Span from, double[] to, int toOffset, int n) {
    float[] floats = CpuBuffer.floats(from);
    int start = CpuBuffer.start(from);
    for (int i = 0; i < n; i++) {
      to[toOffset + i] = floats[start + i];
    }
  }

  @Override
  public void download(Span from, int[] to, int toOffset, int n) {
    System.arraycopy(CpuBuffer.ints(from), CpuBuffer.start(from), to, toOffset, n);
  }

  @Override
  public MemoryStatistics statistics() {
    return new MemoryStatistics(0, 0, 0, 0, 0);
  }

  @Override
  public void resetPeak() {}
}
