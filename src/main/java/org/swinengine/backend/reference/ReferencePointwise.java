package org.swinengine.backend.reference;

import org.swinengine.backend.PointwiseKernels;
import org.swinengine.backend.Span;
import org.swinengine.backend.UnaryFunction;

/** Pointwise family of the reference. */
final class ReferencePointwise implements PointwiseKernels {
  @Override
  public void add(long n, Span a, Span b, Span y) {
    double[] left = ReferenceBuffer.read(a, n);
    double[] right = ReferenceBuffer.read(b, n);
    for (int i = 0; i < n; i++) {
      left[i] += right[i];
    }
    ReferenceBuffer.write(left, y);
  }

  @Override
  public void scale(long n, double alpha, Span a, Span y) {
    double[] values = ReferenceBuffer.read(a, n);
    for (int i = 0; i < n; i++) {
      values[i] *= alpha;
    }
    ReferenceBuffer.write(values, y);
  }

  @Override
  public void multiply(long n, Span a, Span b, Span y) {
    double[] left = ReferenceBuffer.read(a, n);
    double[] right = ReferenceBuffer.read(b, n);
    for (int i = 0; i < n; i++) {
      left[i] *= right[i];
    }
    ReferenceBuffer.write(left, y);
  }

  @Override
  public void addRow(int rows, long columns, Span x, Span v, Span y) {
    double[] values = ReferenceBuffer.read(x, rows * columns);
    double[] row = ReferenceBuffer.read(v, columns);
    for (int i = 0; i < values.length; i++) {
      values[i] += row[i % row.length];
    }
    ReferenceBuffer.write(values, y);
  }

  @Override
  public void multiplyRow(int rows, long columns, Span x, Span v, Span y) {
    double[] values = ReferenceBuffer.read(x, rows * columns);
    double[] row = ReferenceBuffer.read(v, columns);
    for (int i = 0; i < values.length; i++) {
      values[i] *= row[i % row.length];
    }
    ReferenceBuffer.write(values, y);
  }

  @Override
  public void scaleRows(int rows, long columns, Span x, Span scale, Span y) {
    double[] values = ReferenceBuffer.read(x, rows * columns);
    double[] factors = ReferenceBuffer.read(scale, rows);
    for (int i = 0; i < values.length; i++) {
      values[i] *= factors[(int) (i / columns)];
    }
    ReferenceBuffer.write(values, y);
  }

  @Override
  public void unary(UnaryFunction f, long n, Span x, Span y) {
    double[] values = ReferenceBuffer.read(x, n);
    for (int i = 0; i < n; i++) {
      values[i] = unary(f, values[i]);
    }
    ReferenceBuffer.write(values, y);
  }

  @Override
  public void unaryBackward(UnaryFunction f, long n, Span saved, Span dy, Span dx) {
    double[] values = ReferenceBuffer.read(saved, n);
    double[] gradient = ReferenceBuffer.read(dy, n);
    for (int i = 0; i < n; i++) {
      gradient[i] = unaryBackward(f, values[i], gradient[i]);
    }
    ReferenceBuffer.write(gradient, dx);
  }

  private static double unary(UnaryFunction f, double x) {
    return switch (f) {
      case GELU -> Erf.gelu(x);
      case RELU -> x <= 0 ? 0 : x;
      case SIGMOID -> sigmoid(x);
      case SILU -> x * sigmoid(x);
    };
  }

  /** {@code dx}; {@code saved} is y of functions whose backward half reads the result, else x. */
  private static double unaryBackward(UnaryFunction f, double saved, double dy) {
    return switch (f) {
      case GELU -> dy * Erf.geluDerivative(saved);
      case RELU -> saved <= 0 ? 0 : dy;
      case SIGMOID -> dy * (saved * (1 - saved));
      case SILU -> dy * (sigmoid(saved) * (1 + saved * (1 - sigmoid(saved))));
    };
  }

  private static double sigmoid(double x) {
    return 1 / (1 + StrictMath.exp(-x));
  }

  @Override
  public void expAtMost(long n, double most, Span x, Span y) {
    double[] values = ReferenceBuffer.read(x, n);
    for (int i = 0; i < n; i++) {
      values[i] = StrictMath.exp(Math.min(values[i], most));
    }
    ReferenceBuffer.write(values, y);
  }

  @Override
  public void expAtMostBackward(long n, double most, Span x, Span dy, Span dx) {
    double[] values = ReferenceBuffer.read(x, n);
    double[] gradient = ReferenceBuffer.read(dy, n);
    for (int i = 0; i < n; i++) {
      gradient[i] = values[i] > most ? 0 : gradient[i] * StrictMath.exp(values[i]);
    }
    ReferenceBuffer.write(gradient, dx);
  }
}
