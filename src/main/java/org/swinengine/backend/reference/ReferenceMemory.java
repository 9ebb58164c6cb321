package org.swinengine.backend.reference;

import java.util.Arrays;
import org.swinengine.backend.Buffer;
import org.swinengine.backend.DType;
import org.swinengine.backend.MemoryKernels;
import org.swinengine.backend.PixelBatch;
import org.swinengine.backend.Span;

/** Memory family of the reference: Java arrays, no pool. */
final class ReferenceMemory implements MemoryKernels {
  private long liveBytes;
  private long peakBytes;
  private long allocatedBuffers;

  @Override
  public Buffer allocate(DType dtype, long size) {
    if (dtype == DType.FLOAT32) {
      throw new IllegalArgumentException(
          "the reference backend computes in FLOAT64 and has no FLOAT32 buffers; allocate its computeType()");
    }
    if (size < 0) {
      throw new IllegalArgumentException("a buffer of " + size + " " + dtype + " elements was asked for");
    }
    if (size > Integer.MAX_VALUE - 8) {
      throw new OutOfMemoryError(
          "a buffer of " + size + " " + dtype + " elements is more than a Java array holds; use smaller"
              + " batches");
    }
    ReferenceBuffer buffer = new ReferenceBuffer(this, dtype, (int) size);
    synchronized (this) {
      allocatedBuffers++;
      liveBytes += bytes(buffer);
      peakBytes = Math.max(peakBytes, liveBytes);
    }
    return buffer;
  }

  synchronized void takeBack(ReferenceBuffer buffer) {
    liveBytes -= bytes(buffer);
  }

  private static long bytes(Buffer buffer) {
    return buffer.size() * buffer.dtype().bytes();
  }

  @Override
  public void fill(Span x, long n, double value) {
    if (ReferenceBuffer.dtypeOf(x) == DType.INT32) {
      int[] values = new int[Math.toIntExact(n)];
      Arrays.fill(values, (int) value);
      ReferenceBuffer.writeInts(values, x);
    } else {
      double[] values = new double[Math.toIntExact(n)];
      Arrays.fill(values, value);
      ReferenceBuffer.write(values, x);
    }
  }

  @Override
  public void copy(Span from, Span to, long n) {
    if (ReferenceBuffer.dtypeOf(from) == DType.INT32) {
      ReferenceBuffer.writeInts(ReferenceBuffer.readInts(from, n), to);
    } else {
      ReferenceBuffer.write(ReferenceBuffer.read(from, n), to);
    }
  }

  @Override
  public void copyRows(int rows, int columns, Span from, long fromStride, Span to, long toStride) {
    for (int r = 0; r < rows; r++) {
      copy(new Place(from, r * fromStride), new Place(to, r * toStride), columns);
    }
  }

  @Override
  public void upload(float[] from, int fromOffset, Span to, int n) {
    double[] values = new double[n];
    for (int i = 0; i < n; i++) {
      values[i] = from[fromOffset + i];
    }
    ReferenceBuffer.write(values, to);
  }

  @Override
  public void uploadPixels(PixelBatch batch, Span to) {
    float[] floats = new float[batch.size()];
    batch.toFloats(floats, 0);
    upload(floats, 0, to, floats.length);
  }

  @Override
  public void upload(double[] from, int fromOffset, Span to, int n) {
    ReferenceBuffer.write(Arrays.copyOfRange(from, fromOffset, fromOffset + n), to);
  }

  @Override
  public void upload(int[] from, int fromOffset, Span to, int n) {
    ReferenceBuffer.writeInts(Arrays.copyOfRange(from, fromOffset, fromOffset + n), to);
  }

  @Override
  public void download(Span from, float[] to, int toOffset, int n) {
    double[] values = ReferenceBuffer.read(from, n);
    for (int i = 0; i < n; i++) {
      to[toOffset + i] = (float) values[i];
    }
  }

  @Override
  public void download(Span from, double[] to, int toOffset, int n) {
    System.arraycopy(ReferenceBuffer.read(from, n), 0, to, toOffset, n);
  }

  @Override
  public void download(Span from, int[] to, int toOffset, int n) {
    System.arraycopy(ReferenceBuffer.readInts(from, n), 0, to, toOffset, n);
  }

  @Override
  public synchronized MemoryStatistics statistics() {
    return new MemoryStatistics(liveBytes, peakBytes, 0, allocatedBuffers, 0);
  }

  @Override
  public synchronized void resetPeak() {
    peakBytes = liveBytes;
  }

  /** A span some elements further on. */
  private record Place(Span span, long further) implements Span {
    @Override
    public Buffer buffer() {
      return span.buffer();
    }

    @Override
    public long offset() {
      return span.offset() + further;
    }
  }
}
