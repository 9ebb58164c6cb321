package org.swinengine.backend.cpu.pointwise;

/**
 * Loops over n elements of arrays, each operand an array and the place where it begins. Both implementations
 * give the same bits; results may overlay operands.
 */
public interface PointwiseLoops {
  /** {@code y = a + b}. */
  void add(float[] a, int aAt, float[] b, int bAt, float[] y, int yAt, int n);

  /** {@code y = a·b}. */
  void multiply(float[] a, int aAt, float[] b, int bAt, float[] y, int yAt, int n);

  /** {@code y = a + constant}. */
  void addConstant(float[] a, int aAt, float constant, float[] y, int yAt, int n);

  /** {@code y = a·factor}. */
  void scale(float[] a, int aAt, float factor, float[] y, int yAt, int n);

  /** {@code y = GELU(x)}. */
  void gelu(float[] x, int xAt, float[] y, int yAt, int n);

  /** {@code dx = dy·GELU′(x)}. */
  void geluBackward(float[] x, int xAt, float[] dy, int dyAt, float[] dx, int dxAt, int n);

  /** {@code y = max(x, 0)}; not {@code Math.max}, which orders zeros. */
  void relu(float[] x, int xAt, float[] y, int yAt, int n);

  /** {@code dx = dy} where x is above 0 or not a number, else 0. */
  void reluBackward(float[] x, int xAt, float[] dy, int dyAt, float[] dx, int dxAt, int n);

  /** {@code y = 1/(1 + exp(−x))}. */
  void sigmoid(float[] x, int xAt, float[] y, int yAt, int n);

  /** {@code dx = dy·y·(1 − y)}. */
  void sigmoidBackward(float[] y, int yAt, float[] dy, int dyAt, float[] dx, int dxAt, int n);

  /** {@code y = exp(min(x, most))}. */
  void expAtMost(float[] x, int xAt, float most, float[] y, int yAt, int n);

  /** {@code dx = dy·exp(x)}, 0 where x is above {@code most}. */
  void expAtMostBackward(
      float[] x, int xAt, float most, float[] dy, int dyAt, float[] dx, int dxAt, int n);

  /** {@code y = exp(x)}. */
  void exp(float[] x, int xAt, float[] y, int yAt, int n);
}
