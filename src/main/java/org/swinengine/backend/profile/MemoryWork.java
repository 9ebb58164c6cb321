package org.swinengine.backend.profile;

import java.util.function.Consumer;
import org.swinengine.backend.Buffer;
import org.swinengine.backend.DType;
import org.swinengine.backend.MemoryKernels;
import org.swinengine.backend.PixelBatch;
import org.swinengine.backend.Span;

/** Work of the memory family: bytes alone. */
final class MemoryWork implements MemoryKernels {
  private final Consumer<Work> called;

  MemoryWork(Consumer<Work> called) {
    this.called = called;
  }

  private void tell(String kind, double bytes) {
    called.accept(new Work(kind, 0, bytes));
  }

  @Override
  public Buffer allocate(DType dtype, long size) {
    tell("allocate", 0);
    return null;
  }

  @Override
  public void fill(Span x, long n, double value) {
    tell("fill", Work.bytes(x, n));
  }

  @Override
  public void copy(Span from, Span to, long n) {
    tell("copy", Work.bytes(from, n) + Work.bytes(to, n));
  }

  @Override
  public void copyRows(int rows, int columns, Span from, long fromStride, Span to, long toStride) {
    double n = (double) rows * columns;
    tell("copyRows " + rows + "x" + columns, Work.bytes(from, n) + Work.bytes(to, n));
  }

  @Override
  public void upload(float[] from, int fromOffset, Span to, int n) {
    tell("upload", Work.bytes(to, n) + (double) Float.BYTES * n);
  }

  @Override
  public void uploadPixels(PixelBatch batch, Span to) {
    double n = batch.size();
    tell("uploadPixels", n + Work.bytes(to, n));
  }

  @Override
  public void upload(double[] from, int fromOffset, Span to, int n) {
    tell("upload", Work.bytes(to, n) + (double) Double.BYTES * n);
  }

  @Override
  public void upload(int[] from, int fromOffset, Span to, int n) {
    tell("upload", Work.bytes(to, n) + (double) Integer.BYTES * n);
  }

  @Override
  public void download(Span from, float[] to, int toOffset, int n) {
    tell("download", Work.bytes(from, n) + (double) Float.BYTES * n);
  }

  @Override
  public void download(Span from, double[] to, int toOffset, int n) {
    tell("download", Work.bytes(from, n) + (double) Double.BYTES * n);
  }

  @Override
  public void download(Span from, int[] to, int toOffset, int n) {
    tell("download", Work.bytes(from, n) + (double) Integer.BYTES * n);
  }

  /** Not work. */
  @Override
  public MemoryStatistics statistics() {
    return null;
  }

  /** Not work. */
  @Override
  public void resetPeak() {}
}
