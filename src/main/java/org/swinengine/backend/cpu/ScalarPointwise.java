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

  static void exp(float[] x, int xAt, float[] y, int yAt, int n) {
    for (int i = 0; i < n; i++) {
      y[yAt + i] = ScalarExp.exp(x[xAt + i]);
    }
  }
}
