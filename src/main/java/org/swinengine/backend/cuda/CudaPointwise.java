package org.swinengine.backend.cuda;

import org.swinengine.backend.DType;
import org.swinengine.backend.PointwiseKernels;
import org.swinengine.backend.Span;
import org.swinengine.backend.UnaryFunction;

/**
 * Pointwise family on the GPU: {@code pointwise.cu}. All operands of a call are of one type, but for those
 * named.
 */
final class CudaPointwise implements PointwiseKernels {
  private static final String FAMILY = "pointwise";

  /** Elements that a thread takes at once. */
  private static final int FOUR = 4;

  /** What a grid may have on its second axis. */
  private static final int MOST_ROWS_AT_ONCE = 65535;

  private final CudaDevice device;

  CudaPointwise(CudaDevice device) {
    this.device = device;
  }

  @Override
  public void add(long n, Span a, Span b, Span y) {
    binary("add", n, a, b, y);
  }

  @Override
  public void multiply(long n, Span a, Span b, Span y) {
    binary("multiply", n, a, b, y);
  }

  @Override
  public void unaryBackward(UnaryFunction f, long n, Span saved, Span dy, Span dx) {
    binary(f.label() + "Backward", n, saved, dy, dx);
  }

  @Override
  public void expAtMostBackward(long n, double most, Span x, Span dy, Span dx) {
    if (n > 0) {
      String name = "expAtMostBackward";
      CudaBuffer.checkType(name, "the second operand", dy, x.buffer().dtype());
      elements(name, n, x, dx).span(dy, n).span(dx, n).longSize("n", n).real(most).run();
    }
  }

  private void binary(String name, long n, Span a, Span b, Span y) {
    if (n > 0) {
      CudaBuffer.checkType(name, "the second operand", b, a.buffer().dtype());
      elements(name, n, a, y).span(b, n).span(y, n).longSize("n", n).run();
    }
  }

  @Override
  public void scale(long n, double alpha, Span a, Span y) {
    if (n > 0) { // what a loss is divided by may differ from step to step
      elements("scale", n, a, y).span(y, n).longSize("n", n).numbers(alpha).whereNumbersAre().run();
    }
  }

  @Override
  public void expAtMost(long n, double most, Span x, Span y) {
    if (n > 0) {
      elements("expAtMost", n, x, y).span(y, n).longSize("n", n).real(most).run();
    }
  }

  @Override
  public void unary(UnaryFunction f, long n, Span x, Span y) {
    if (n > 0) {
      elements(f.label(), n, x, y).span(y, n).longSize("n", n).run();
    }
  }

  @Override
  public void addRow(int rows, long columns, Span x, Span v, Span y) {
    if (rows > 0 && columns > 0) {
      String name = "addRow_" + Grids.suffix(x.buffer().dtype()) + "_" + Grids.suffix(v.buffer().dtype());
      CudaBuffer.checkType(name, "the result", y, x.buffer().dtype());
      rows(name, rows, columns, x, v, columns, y);
    }
  }

  @Override
  public void multiplyRow(int rows, long columns, Span x, Span v, Span y) {
    if (rows > 0 && columns > 0) {
      String name = Grids.named("multiplyRow", x);
      CudaBuffer.checkType(name, "the result", y, x.buffer().dtype());
      CudaBuffer.checkType(name, "the row", v, DType.FLOAT32);
      rows(name, rows, columns, x, v, columns, y);
    }
  }

  @Override
  public void scaleRows(int rows, long columns, Span x, Span scale, Span y) {
    if (rows > 0 && columns > 0) {
      String name = Grids.named("scaleRows", x);
      CudaBuffer.checkType(name, "the result", y, x.buffer().dtype());
      CudaBuffer.checkType(name, "the factors", scale, DType.FLOAT32);
      rows(name, rows, columns, x, scale, rows, y);
    }
  }

  private void rows(String name, int rows, long columns, Span x, Span other, long otherSize, Span y) {
    long fours = Grids.blocks(columns, FOUR);
    int threads = Words.threads(fours);
    device
        .launch(device.kernel(FAMILY, name))
        .grid(Grids.blocks(fours, threads), Math.min(rows, MOST_ROWS_AT_ONCE), 1)
        .block(threads)
        .span(x, rows * columns)
        .span(other, otherSize)
        .span(y, rows * columns)
        .size("rows", rows)
        .longSize("columns", columns)
        .run();
  }

  /** A launch over n elements that has its first operand already. */
  private Launch elements(String name, long n, Span x, Span y) {
    CudaBuffer.checkType(name, "the result", y, x.buffer().dtype());
    long fours = Grids.blocks(n, FOUR);
    return device
        .launch(device.kernel(FAMILY, Grids.named(name, x)))
        .grid(Grids.elements(fours))
        .block(Words.threads(fours))
        .span(x, n);
  }
}
