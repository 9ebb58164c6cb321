package org.swinengine.backend.cpu;

import org.swinengine.backend.PointwiseKernels;
import org.swinengine.backend.Span;

/** Pointwise family on the CPU. */
final class CpuPointwise implements PointwiseKernels {
  /** What an element of GELU costs, in elements of a plain loop. */
  private static final int GELU_COST = 4;

  private final WorkerPool pool;
  private final boolean vector;

  CpuPointwise(WorkerPool pool, boolean vector) {
    this.pool = pool;
    this.vector = vector;
  }

  @Override
  public void add(long n, Span a, Span b, Span y) {
    float[] left = CpuBuffer.floats(a);
    float[] right = CpuBuffer.floats(b);
    float[] out = CpuBuffer.floats(y);
    int leftAt = CpuBuffer.start(a, n);
    int rightAt = CpuBuffer.start(b, n);
    int outAt = CpuBuffer.start(y, n);
    Chunks.elements(
        pool,
        (int) n,
        (from, to) -> add(left, leftAt + from, right, rightAt + from, out, outAt + from, to - from));
  }

  @Override
  public void scale(long n, double alpha, Span a, Span y) {
    float[] in = CpuBuffer.floats(a);
    float[] out = CpuBuffer.floats(y);
    int inAt = CpuBuffer.start(a, n);
    int outAt = CpuBuffer.start(y, n);
    Chunks.elements(
        pool, (int) n, (from, to) -> scale(in, inAt + from, (float) alpha, out, outAt + from, to - from));
  }

  @Override
  public void multiply(long n, Span a, Span b, Span y) {
    float[] left = CpuBuffer.floats(a);
    float[] right = CpuBuffer.floats(b);
    float[] out = CpuBuffer.floats(y);
    int leftAt = CpuBuffer.start(a, n);
    int rightAt = CpuBuffer.start(b, n);
    int outAt = CpuBuffer.start(y, n);
    Chunks.elements(
        pool,
        (int) n,
        (from, to) -> {
          if (vector) {
            VectorPointwise.multiply(
                left, leftAt + from, right, rightAt + from, out, outAt + from, to - from);
          } else {
            ScalarPointwise.multiply(
                left, leftAt + from, right, rightAt + from, out, outAt + from, to - from);
          }
        });
  }

  @Override
  public void addRow(int rows, long columns, Span x, Span v, Span y) {
    float[] in = CpuBuffer.floats(x);
    float[] row = CpuBuffer.floats(v);
    float[] out = CpuBuffer.floats(y);
    int inAt = CpuBuffer.start(x, rows * columns);
    int rowAt = CpuBuffer.start(v, columns);
    int outAt = CpuBuffer.start(y, rows * columns);
    int width = (int) columns;
    Chunks.rectangles(
        pool,
        rows,
        width,
        1,
        (fromRow, toRow, from, to) -> {
          for (int r = fromRow; r < toRow; r++) {
            int place = r * width + from;
            add(in, inAt + place, row, rowAt + from, out, outAt + place, to - from);
          }
        });
  }

  @Override
  public void scaleRows(int rows, long columns, Span x, Span scale, Span y) {
    float[] in = CpuBuffer.floats(x);
    float[] factors = CpuBuffer.floats(scale);
    float[] out = CpuBuffer.floats(y);
    int inAt = CpuBuffer.start(x, rows * columns);
    int factorsAt = CpuBuffer.start(scale, rows);
    int outAt = CpuBuffer.start(y, rows * columns);
    int width = (int) columns;
    Chunks.rectangles(
        pool,
        rows,
        width,
        1,
        (fromRow, toRow, from, to) -> {
          for (int r = fromRow; r < toRow; r++) {
            int place = r * width + from;
            scale(in, inAt + place, factors[factorsAt + r], out, outAt + place, to - from);
          }
        });
  }

  @Override
  public void gelu(long n, Span x, Span y) {
    float[] in = CpuBuffer.floats(x);
    float[] out = CpuBuffer.floats(y);
    int inAt = CpuBuffer.start(x, n);
    int outAt = CpuBuffer.start(y, n);
    Chunks.ranges(
        pool,
        (int) n,
        Chunks.ELEMENTS / GELU_COST,
        (from, to) -> {
          if (vector) {
            VectorPointwise.gelu(in, inAt + from, out, outAt + from, to - from);
          } else {
            ScalarPointwise.gelu(in, inAt + from, out, outAt + from, to - from);
          }
        });
  }

  @Override
  public void geluBackward(long n, Span x, Span dy, Span dx) {
    float[] in = CpuBuffer.floats(x);
    float[] gradients = CpuBuffer.floats(dy);
    float[] out = CpuBuffer.floats(dx);
    int inAt = CpuBuffer.start(x, n);
    int gradientsAt = CpuBuffer.start(dy, n);
    int outAt = CpuBuffer.start(dx, n);
    Chunks.ranges(
        pool,
        (int) n,
        Chunks.ELEMENTS / GELU_COST,
        (from, to) -> {
          if (vector) {
            VectorPointwise.geluBackward(
                in, inAt + from, gradients, gradientsAt + from, out, outAt + from, to - from);
          } else {
            ScalarPointwise.geluBackward(
                in, inAt + from, gradients, gradientsAt + from, out, outAt + from, to - from);
          }
        });
  }

  private void add(float[] a, int aAt, float[] b, int bAt, float[] y, int yAt, int n) {
    if (vector) {
      VectorPointwise.add(a, aAt, b, bAt, y, yAt, n);
    } else {
      ScalarPointwise.add(a, aAt, b, bAt, y, yAt, n);
    }
  }

  private void scale(float[] a, int aAt, float factor, float[] y, int yAt, int n) {
    if (vector) {
      VectorPointwise.scale(a, aAt, factor, y, yAt, n);
    } else {
      ScalarPointwise.scale(a, aAt, factor, y, yAt, n);
    }
  }
}
