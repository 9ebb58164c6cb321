package org.swinengine.backend.cpu.pointwise;

import org.swinengine.backend.UnaryFunction;

/**
 * Loops over n elements of arrays, each operand an array and the place where it begins. Both implementations
 * give the same bits; results may overlay operands.
 */
public interface PointwiseLoops {
  /** {@code y = f(x)} over n elements. */
  @FunctionalInterface
  interface Unary {
    void run(float[] x, int xAt, float[] y, int yAt, int n);
  }

  /** {@code y = f(a, b)} over n elements. */
  @FunctionalInterface
  interface Binary {
    void run(float[] a, int aAt, float[] b, int bAt, float[] y, int yAt, int n);
  }

  /** {@code y = a + b}. */
  void add(float[] a, int aAt, float[] b, int bAt, float[] y, int yAt, int n);

  /** {@code y = a·b}. */
  void multiply(float[] a, int aAt, float[] b, int bAt, float[] y, int yAt, int n);

  /** {@code y = a + constant}. */
  void addConstant(float[] a, int aAt, float constant, float[] y, int yAt, int n);

  /** {@code y = a·factor}. */
  void scale(float[] a, int aAt, float factor, float[] y, int yAt, int n);

  /** The loop of {@code y = f(x)}. */
  Unary unary(UnaryFunction f);

  /** The loop of {@code dx = dy·f′(x)}; it reads y where {@code f} goes back from its result, else x. */
  Binary unaryBackward(UnaryFunction f);

  /** {@code y = exp(min(x, most))}. */
  void expAtMost(float[] x, int xAt, float most, float[] y, int yAt, int n);

  /** {@code dx = dy·exp(x)}, 0 where x is above {@code most}. */
  void expAtMostBackward(
      float[] x, int xAt, float most, float[] dy, int dyAt, float[] dx, int dxAt, int n);

  /** {@code y = exp(x)}. */
  void exp(float[] x, int xAt, float[] y, int yAt, int n);
}
