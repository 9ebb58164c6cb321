package org.swinengine.backend.cpu.pointwise;

import org.swinengine.backend.PointwiseKernels;
import org.swinengine.backend.Span;
import org.swinengine.backend.UnaryFunction;
import org.swinengine.backend.cpu.pointwise.PointwiseLoops.Binary;
import org.swinengine.backend.cpu.pointwise.PointwiseLoops.Unary;
import org.swinengine.backend.cpu.runtime.Chunks;
import org.swinengine.backend.cpu.runtime.CpuBuffer;
import org.swinengine.backend.cpu.runtime.WorkerPool;

/** Pointwise family on the CPU. */
public final class CpuPointwise implements PointwiseKernels {
  /** What an element of GELU or an exponential function costs, in elements of a plain loop. */
  private static final int ELEMENTARY_COST = 4;

  private final WorkerPool pool;
  private final PointwiseLoops loops;

  public CpuPointwise(WorkerPool pool, PointwiseLoops loops) {
    this.pool = pool;
    this.loops = loops;
  }

  @Override
  public void add(long n, Span a, Span b, Span y) {
    binary(n, 1, loops::add, a, b, y);
  }

  @Override
  public void scale(long n, double alpha, Span a, Span y) {
    float[] in = CpuBuffer.floats(a);
    float[] out = CpuBuffer.floats(y);
    int inAt = CpuBuffer.start(a, n);
    int outAt = CpuBuffer.start(y, n);
    Chunks.elements(
        pool,
        (int) n,
        (from, to) -> loops.scale(in, inAt + from, (float) alpha, out, outAt + from, to - from));
  }

  @Override
  public void multiply(long n, Span a, Span b, Span y) {
    binary(n, 1, loops::multiply, a, b, y);
  }

  @Override
  public void addRow(int rows, long columns, Span x, Span v, Span y) {
    withRow(rows, columns, loops::add, x, v, y);
  }

  @Override
  public void multiplyRow(int rows, long columns, Span x, Span v, Span y) {
    withRow(rows, columns, loops::multiply, x, v, y);
  }

  /** {@code y[r] = f(x[r], v)}. */
  private void withRow(int rows, long columns, Binary f, Span x, Span v, Span y) {
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
            f.run(in, inAt + place, row, rowAt + from, out, outAt + place, to - from);
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
            loops.scale(in, inAt + place, factors[factorsAt + r], out, outAt + place, to - from);
          }
        });
  }

  @Override
  public void unary(UnaryFunction f, long n, Span x, Span y) {
    unary(n, cost(f), loops.unary(f), x, y);
  }

  @Override
  public void unaryBackward(UnaryFunction f, long n, Span saved, Span dy, Span dx) {
    binary(n, cost(f), loops.unaryBackward(f), saved, dy, dx);
  }

  private static int cost(UnaryFunction f) {
    return f.operations() == 1 ? 1 : ELEMENTARY_COST;
  }

  @Override
  public void expAtMost(long n, double most, Span x, Span y) {
    float bound = (float) most;
    unary(
        n,
        ELEMENTARY_COST,
        (in, inAt, out, outAt, size) -> loops.expAtMost(in, inAt, bound, out, outAt, size),
        x,
        y);
  }

  @Override
  public void expAtMostBackward(long n, double most, Span x, Span dy, Span dx) {
    float bound = (float) most;
    binary(
        n,
        ELEMENTARY_COST,
        (in, inAt, gradients, gradientsAt, out, outAt, size) -> loops.expAtMostBackward(in, inAt, bound,
            gradients, gradientsAt, out, outAt, size),
        x,
        dy,
        dx);
  }

  private void unary(long n, int cost, Unary loop, Span x, Span y) {
    float[] in = CpuBuffer.floats(x);
    float[] out = CpuBuffer.floats(y);
    int inAt = CpuBuffer.start(x, n);
    int outAt = CpuBuffer.start(y, n);
    Chunks.ranges(
        pool,
        (int) n,
        Chunks.ELEMENTS / cost,
        (from, to) -> loop.run(in, inAt + from, out, outAt + from, to - from));
  }

  private void binary(long n, int cost, Binary loop, Span a, Span b, Span y) {
    float[] left = CpuBuffer.floats(a);
    float[] right = CpuBuffer.floats(b);
    float[] out = CpuBuffer.floats(y);
    int leftAt = CpuBuffer.start(a, n);
    int rightAt = CpuBuffer.start(b, n);
    int outAt = CpuBuffer.start(y, n);
    Chunks.ranges(
        pool,
        (int) n,
        Chunks.ELEMENTS / cost,
        (from, to) -> loop.run(left, leftAt + from, right, rightAt + from, out, outAt + from, to - from));
  }
}
