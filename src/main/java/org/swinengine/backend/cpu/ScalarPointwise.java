package org.swinengine.backend.cpu;

/** Pointwise loops, one element at a time: the same bits as {@link VectorPointwise}, and its tails. */
final class ScalarPointwise {
  private ScalarPointwise() {}

  static void add(float[] a, int aAt, float[] b, int bAt, float[] y, int yAt, int n) {
    for (int i = 0; i < n; i++) {
      y[yAt + i] = a[aAt + i] + b[bAt + i];
    }
  }

  static void multiply(float[] a, int aAt, float[] b, int bAt, float[] y, int yAt, int n) {
    for (int i = 0; i < n; i++) {
      y[yAt + i] = a[aAt + i] * b[bAt + i];
    }
  }

  static void addConstant(float[] a, int aAt, float constant, float[] y, int yAt, int n) {
    for (int i = 0; i < n; i++) {
      y[yAt + i] = a[aAt + i] + constant;
    }
  }

  static void scale(float[] a, int aAt, float factor, float[] y, int yAt, int n) {
    for (int i = 0; i < n; i++) {
      y[yAt + i] = a[aAt + i] * factor;
    }
  }

  static void gelu(float[] x, int xAt, float[] y, int yAt, int n) {
    for (int i = 0; i < n; i++) {
      y[yAt + i] = ScalarGelu.gelu(x[xAt + i]);
    }
  }

  /** {@code dx = dy·GELU′(x)}. */
  static void geluBackward(float[] x, int xAt, float[] dy, int dyAt, float[] dx, int dxAt, int n) {
    for (int i = 0; i < n; i++) {
      dx[dxAt + i] = dy[dyAt + i] * ScalarGelu.gradient(x[xAt + i]);
    }
  }

  /** {@code y = max(x, 0)}; not {@code Math.max}, which orders zeros. */
  static void relu(float[] x, int xAt, float[] y, int yAt, int n) {
    for (int i = 0; i < n; i++) {
      y[yAt + i] = x[xAt + i] <= 0f ? 0f : x[xAt + i];
    }
  }

  static void reluBackward(float[] x, int xAt, float[] dy, int dyAt, float[] dx, int dxAt, int n) {
    for (int i = 0; i < n; i++) {
      dx[dxAt + i] = x[xAt + i] <= 0f ? 0f : dy[dyAt + i];
    }
  }

  static void sigmoid(float[] x, int xAt, float[] y, int yAt, int n) {
    for (int i = 0; i < n; i++) {
      y[yAt + i] = 1f / (ScalarExp.exp(-x[xAt + i]) + 1f);
    }
  }

  /** {@code dx = dy·y·(1 − y)}. */
  static void sigmoidBackward(float[] y, int yAt, float[] dy, int dyAt, float[] dx, int dxAt, int n) {
    for (int i = 0; i < n; i++) {
      float value = y[yAt + i];
      dx[dxAt + i] = dy[dyAt + i] * (value * (1f - value));
    }
  }

  static void expAtMost(float[] x, int xAt, float most, float[] y, int yAt, int n) {
    for (int i = 0; i < n; i++) {
      float value = x[xAt + i];
      y[yAt + i] = ScalarExp.exp(value > most ? most : value);
    }
  }

  static void expAtMostBackward(
      float[] x, int xAt, float most, float[] dy, int dyAt, float[] dx, int dxAt, int n) {
    for (int i = 0; i < n; i++) {
      float value = x[xAt + i];
      dx[dxAt + i] = value > most ? 0f : dy[dyAt + i] * ScalarExp.exp(value);
    }
  }

  static void exp(float[] x, int xAt, float[] y, int yAt, int n) {
    for (int i = 0; i < n; i++) {
      y[yAt + i] = ScalarExp.exp(x[xAt + i]);
    }
  }
}
