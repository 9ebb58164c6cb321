package org.swinengine.backend.profile;

import java.util.function.Consumer;
import org.swinengine.backend.PointwiseKernels;
import org.swinengine.backend.Span;
import org.swinengine.backend.UnaryFunction;

/** Work of the pointwise family; Φ, φ and the exponential are one operation each. */
final class PointwiseWork implements PointwiseKernels {
  private final Consumer<Work> called;

  PointwiseWork(Consumer<Work> called) {
    this.called = called;
  }

  /** Tells of a call with {@code perElement} operations for each of {@code n} elements of all operands. */
  private void tell(String method, long n, int perElement, Span... operands) {
    double bytes = 0;
    for (Span operand : operands) {
      bytes += Work.bytes(operand, n);
    }
    called.accept(new Work(method + " " + n, (double) perElement * n, bytes));
  }

  private void tellRows(String method, int rows, long columns, Span x, Span y, double otherBytes) {
    double n = (double) rows * columns;
    String kind = method + " " + rows + "x" + columns;
    called.accept(new Work(kind, n, Work.bytes(x, n) + Work.bytes(y, n) + otherBytes));
  }

  @Override
  public void add(long n, Span a, Span b, Span y) {
    tell("add", n, 1, a, b, y);
  }

  @Override
  public void scale(long n, double alpha, Span a, Span y) {
    tell("scale", n, 1, a, y);
  }

  @Override
  public void multiply(long n, Span a, Span b, Span y) {
    tell("multiply", n, 1, a, b, y);
  }

  @Override
  public void addRow(int rows, long columns, Span x, Span v, Span y) {
    tellRows("addRow", rows, columns, x, y, Work.bytes(v, columns));
  }

  @Override
  public void multiplyRow(int rows, long columns, Span x, Span v, Span y) {
    tellRows("multiplyRow", rows, columns, x, y, Work.bytes(v, columns));
  }

  @Override
  public void scaleRows(int rows, long columns, Span x, Span scale, Span y) {
    tellRows("scaleRows", rows, columns, x, y, Work.bytes(scale, rows));
  }

  @Override
  public void unary(UnaryFunction f, long n, Span x, Span y) {
    tell(f.label(), n, f.operations(), x, y);
  }

  @Override
  public void unaryBackward(UnaryFunction f, long n, Span saved, Span dy, Span dx) {
    tell(f.label() + "Backward", n, f.backwardOperations(), saved, dy, dx);
  }

  @Override
  public void expAtMost(long n, double most, Span x, Span y) {
    tell("expAtMost", n, 2, x, y);
  }

  @Override
  public void expAtMostBackward(long n, double most, Span x, Span dy, Span dx) {
    tell("expAtMostBackward", n, 3, x, dy, dx);
  }
}
