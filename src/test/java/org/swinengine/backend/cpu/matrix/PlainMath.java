package org.swinengine.backend.cpu.matrix;

/** What the kernels are compared with: plain loops over doubles. */
final class PlainMath {
  private PlainMath() {}

  static double[] product(int rows, int in, int out, double[] x, float[] weight) {
    double[] y = new double[rows * out];
    for (int r = 0; r < rows; r++) {
      for (int n = 0; n < out; n++) {
        for (int c = 0; c < in; c++) {
          y[r * out + n] += x[r * in + c] * weight[n * in + c];
        }
      }
    }
    return y;
  }

  static double gelu(double x) {
    return x * cdf(x);
  }

  static double geluGradient(double x) {
    return cdf(x) + x * Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
  }

  /** ½ + φ(x)·Σ x^(2n+1)/(2n+1)!!, where that converges; beyond, 0 or 1. */
  private static double cdf(double x) {
    if (Math.abs(x) > 9) {
      return x < 0 ? 0 : 1;
    }
    double term = x;
    double sum = x;
    for (int n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
      term *= x * x / (2 * n + 1);
      sum += term;
    }
    return 0.5 + sum * Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
  }
}
