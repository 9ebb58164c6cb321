package org.swinengine.backend.reference;

import org.swinengine.backend.PointwiseKernels;
import org.swinengine.backend.Span;

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
  public void gelu(long n, Span x, Span y) {
    double[] values = ReferenceBuffer.read(x, n);
    for (int i = 0; i < n; i++) {
      values[i] = Erf.gelu(values[i]);
    }
    ReferenceBuffer.write(values, y);
  }

  @Override
  public void geluBackward(long n, Span x, Span dy, Span dx) {
    double[] values = ReferenceBuffer.read(x, n);
    double[] gradient = ReferenceBuffer.read(dy, n);
    for (int i = 0; i < n; i++) {
      gradient[i] *= Erf.geluDerivative(values[i]);
    }
    ReferenceBuffer.write(gradient, dx);
  }

  @Override
  public void relu(long n, Span x, Span y) {
    double[] values = ReferenceBuffer.read(x, n);
    for (int i = 0; i < n; i++) {
      values[i] = values[i] <= 0 ? 0 : values[i];
    }
    ReferenceBuffer.write(values, y);
  }

  @Override
  public void reluBackward(long n, Span x, Span dy, Span dx) {
    double[] values = ReferenceBuffer.read(x, n);
    double[] gradient = ReferenceBuffer.read(dy, n);
    for (int i = 0; i < n; i++) {
      gradient[i] = values[i] <= 0 ? 0 : gradient[i];
    }
    ReferenceBuffer.write(gradient, dx);
  }

  @Override
  public void sigmoid(long n, Span x, Span y) {
    double[] values = ReferenceBuffer.read(x, n);
    for (int i = 0; i < n; i++) {
      values[i] = 1 / (1 + StrictMath.exp(-values[i]));
    }
    ReferenceBuffer.write(values, y);
  }

  @Override
  public void sigmoidBackward(long n, Span y, Span dy, Span dx) {
    double[] values = ReferenceBuffer.read(y, n);
    double[] gradient = ReferenceBuffer.read(dy, n);
    for (int i = 0; i < n; i++) {
      gradient[i] *= values[i] * (1 - values[i]);
    }
    ReferenceBuffer.write(gradient, dx);
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
