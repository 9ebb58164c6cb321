package org.swinengine.backend.cpu.pointwise;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import org.swinengine.backend.UnaryFunction;
import org.swinengine.backend.cpu.pointwise.PointwiseLoops.Binary;
import org.swinengine.backend.cpu.pointwise.PointwiseLoops.Unary;
import org.swinengine.backend.cpu.simd.Lanes;
import org.swinengine.backend.cpu.simd.ScalarExp;
import org.swinengine.backend.cpu.simd.ScalarGelu;
import org.swinengine.backend.cpu.simd.VectorExp;
import org.swinengine.backend.cpu.simd.VectorGelu;

/**
 * The formulas of every {@link UnaryFunction} and of its backward half, twice: {@link Scalar}, one element at
 * a time, and {@link Vector}, with the same operations in the same order, hence the same bits. Each is a loop
 * in a method of its own: the compiler compiles it alone, and its vectors stay in registers. The scalar loops
 * are also the tails of the vector loops, of what is left behind the last whole vector.
 */
final class UnaryLoops {
  private UnaryLoops() {}

  /** One element at a time. */
  static final class Scalar {
    private Scalar() {}

    static Unary forward(UnaryFunction f) {
      return switch (f) {
        case GELU -> Scalar::gelu;
        case RELU -> Scalar::relu;
        case SIGMOID -> Scalar::sigmoid;
        case SILU -> Scalar::silu;
      };
    }

    static Binary backward(UnaryFunction f) {
      return switch (f) {
        case GELU -> Scalar::geluBackward;
        case RELU -> Scalar::reluBackward;
        case SIGMOID -> Scalar::sigmoidBackward;
        case SILU -> Scalar::siluBackward;
      };
    }

    private static void gelu(float[] x, int xAt, float[] y, int yAt, int n) {
      for (int i = 0; i < n; i++) {
        y[yAt + i] = ScalarGelu.gelu(x[xAt + i]);
      }
    }

    private static void geluBackward(float[] x, int xAt, float[] dy, int dyAt, float[] dx, int dxAt, int n) {
      for (int i = 0; i < n; i++) {
        dx[dxAt + i] = dy[dyAt + i] * ScalarGelu.gradient(x[xAt + i]);
      }
    }

    /** Not {@code Math.max}, which orders zeros. */
    private static void relu(float[] x, int xAt, float[] y, int yAt, int n) {
      for (int i = 0; i < n; i++) {
        y[yAt + i] = x[xAt + i] <= 0f ? 0f : x[xAt + i];
      }
    }

    private static void reluBackward(float[] y, int yAt, float[] dy, int dyAt, float[] dx, int dxAt, int n) {
      for (int i = 0; i < n; i++) {
        dx[dxAt + i] = y[yAt + i] <= 0f ? 0f : dy[dyAt + i];
      }
    }

    private static void sigmoid(float[] x, int xAt, float[] y, int yAt, int n) {
      for (int i = 0; i < n; i++) {
        y[yAt + i] = 1f / (ScalarExp.exp(-x[xAt + i]) + 1f);
      }
    }

    private static void sigmoidBackward(float[] y, int yAt, float[] dy, int dyAt, float[] dx, int dxAt,
        int n) {
      for (int i = 0; i < n; i++) {
        float value = y[yAt + i];
        dx[dxAt + i] = dy[dyAt + i] * (value * (1f - value));
      }
    }

    private static void silu(float[] x, int xAt, float[] y, int yAt, int n) {
      for (int i = 0; i < n; i++) {
        y[yAt + i] = x[xAt + i] / (ScalarExp.exp(-x[xAt + i]) + 1f);
      }
    }

    private static void siluBackward(float[] x, int xAt, float[] dy, int dyAt, float[] dx, int dxAt, int n) {
      for (int i = 0; i < n; i++) {
        float sigmoid = 1f / (ScalarExp.exp(-x[xAt + i]) + 1f);
        dx[dxAt + i] = dy[dyAt + i] * (sigmoid * Math.fma(x[xAt + i], 1f - sigmoid, 1f));
      }
    }
  }

  /** In vectors; loaded only where there is the Vector API. */
  static final class Vector {
    private Vector() {}

    static Unary forward(UnaryFunction f) {
      return switch (f) {
        case GELU -> (x, xAt, y, yAt, n) -> VectorGelu.gelu(1, n, x, xAt, n, y, yAt, n);
        case RELU -> Vector::relu;
        case SIGMOID -> Vector::sigmoid;
        case SILU -> Vector::silu;
      };
    }

    static Binary backward(UnaryFunction f) {
      return switch (f) {
        case GELU ->
            (x, xAt, dy, dyAt, dx, dxAt, n) -> VectorGelu.timesGradient(1, n, dy, dyAt, n, x, xAt, n, dx,
                dxAt, n);
        case RELU -> Vector::reluBackward;
        case SIGMOID -> Vector::sigmoidBackward;
        case SILU -> Vector::siluBackward;
      };
    }

    private static void relu(float[] x, int xAt, float[] y, int yAt, int n) {
      int i = 0;
      for (; i <= n - Lanes.COUNT; i += Lanes.COUNT) {
        FloatVector in = FloatVector.fromArray(Lanes.FLOAT, x, xAt + i);
        in.blend(0f, in.compare(VectorOperators.LE, 0f)).intoArray(y, yAt + i);
      }
      Scalar.relu(x, xAt + i, y, yAt + i, n - i);
    }

    private static void reluBackward(float[] y, int yAt, float[] dy, int dyAt, float[] dx, int dxAt, int n) {
      int i = 0;
      for (; i <= n - Lanes.COUNT; i += Lanes.COUNT) {
        FloatVector out = FloatVector.fromArray(Lanes.FLOAT, y, yAt + i);
        FloatVector gradient = FloatVector.fromArray(Lanes.FLOAT, dy, dyAt + i);
        gradient.blend(0f, out.compare(VectorOperators.LE, 0f)).intoArray(dx, dxAt + i);
      }
      Scalar.reluBackward(y, yAt + i, dy, dyAt + i, dx, dxAt + i, n - i);
    }

    private static void sigmoid(float[] x, int xAt, float[] y, int yAt, int n) {
      FloatVector one = FloatVector.broadcast(Lanes.FLOAT, 1f);
      int i = 0;
      for (; i <= n - Lanes.COUNT; i += Lanes.COUNT) {
        FloatVector power = VectorExp.exp(FloatVector.fromArray(Lanes.FLOAT, x, xAt + i).neg());
        one.div(power.add(1f)).intoArray(y, yAt + i);
      }
      Scalar.sigmoid(x, xAt + i, y, yAt + i, n - i);
    }

    private static void sigmoidBackward(float[] y, int yAt, float[] dy, int dyAt, float[] dx, int dxAt,
        int n) {
      FloatVector one = FloatVector.broadcast(Lanes.FLOAT, 1f);
      int i = 0;
      for (; i <= n - Lanes.COUNT; i += Lanes.COUNT) {
        FloatVector value = FloatVector.fromArray(Lanes.FLOAT, y, yAt + i);
        FloatVector gradient = FloatVector.fromArray(Lanes.FLOAT, dy, dyAt + i);
        gradient.mul(value.mul(one.sub(value))).intoArray(dx, dxAt + i);
      }
      Scalar.sigmoidBackward(y, yAt + i, dy, dyAt + i, dx, dxAt + i, n - i);
    }

    private static void silu(float[] x, int xAt, float[] y, int yAt, int n) {
      int i = 0;
      for (; i <= n - Lanes.COUNT; i += Lanes.COUNT) {
        FloatVector in = FloatVector.fromArray(Lanes.FLOAT, x, xAt + i);
        in.div(VectorExp.exp(in.neg()).add(1f)).intoArray(y, yAt + i);
      }
      Scalar.silu(x, xAt + i, y, yAt + i, n - i);
    }

    private static void siluBackward(float[] x, int xAt, float[] dy, int dyAt, float[] dx, int dxAt, int n) {
      FloatVector one = FloatVector.broadcast(Lanes.FLOAT, 1f);
      int i = 0;
      for (; i <= n - Lanes.COUNT; i += Lanes.COUNT) {
        FloatVector in = FloatVector.fromArray(Lanes.FLOAT, x, xAt + i);
        FloatVector sigmoid = one.div(VectorExp.exp(in.neg()).add(1f));
        FloatVector slope = sigmoid.mul(in.fma(one.sub(sigmoid), one));
        FloatVector.fromArray(Lanes.FLOAT, dy, dyAt + i).mul(slope).intoArray(dx, dxAt + i);
      }
      Scalar.siluBackward(x, xAt + i, dy, dyAt + i, dx, dxAt + i, n - i);
    }
  }
}
