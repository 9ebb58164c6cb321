package org.swinengine.backend.cpu.pointwise;

import org.swinengine.backend.UnaryFunction;
import org.swinengine.backend.cpu.simd.ScalarExp;

/** {@link PointwiseLoops}, one element at a time; also the tails of {@link VectorPointwise}. */
public final class ScalarPointwise implements PointwiseLoops {
  @Override
  public void add(float[] a, int aAt, float[] b, int bAt, float[] y, int yAt, int n) {
    for (int i = 0; i < n; i++) {
      y[yAt + i] = a[aAt + i] + b[bAt + i];
    }
  }

  @Override
  public void multiply(float[] a, int aAt, float[] b, int bAt, float[] y, int yAt, int n) {
    for (int i = 0; i < n; i++) {
      y[yAt + i] = a[aAt + i] * b[bAt + i];
    }
  }

  @Override
  public void addConstant(float[] a, int aAt, float constant, float[] y, int yAt, int n) {
    for (int i = 0; i < n; i++) {
      y[yAt + i] = a[aAt + i] + constant;
    }
  }

  @Override
  public void scale(float[] a, int aAt, float factor, float[] y, int yAt, int n) {
    for (int i = 0; i < n; i++) {
      y[yAt + i] = a[aAt + i] * factor;
    }
  }

  @Override
  public Unary unary(UnaryFunction f) {
    return UnaryLoops.Scalar.forward(f);
  }

  @Override
  public Binary unaryBackward(UnaryFunction f) {
    return UnaryLoops.Scalar.backward(f);
  }

  @Override
  public void expAtMost(float[] x, int xAt, float most, float[] y, int yAt, int n) {
    for (int i = 0; i < n; i++) {
      float value = x[xAt + i];
      y[yAt + i] = ScalarExp.exp(value > most ? most : value);
    }
  }

  @Override
  public void expAtMostBackward(
      float[] x, int xAt, float most, float[] dy, int dyAt, float[] dx, int dxAt, int n) {
    for (int i = 0; i < n; i++) {
      float value = x[xAt + i];
      dx[dxAt + i] = value > most ? 0f : dy[dyAt + i] * ScalarExp.exp(value);
    }
  }

  @Override
  public void exp(float[] x, int xAt, float[] y, int yAt, int n) {
    for (int i = 0; i < n; i++) {
      y[yAt + i] = ScalarExp.exp(x[xAt + i]);
    }
  }
}
