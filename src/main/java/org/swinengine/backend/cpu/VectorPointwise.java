package org.swinengine.backend.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** Pointwise loops in vectors; see {@link ScalarPointwise}. */
final class VectorPointwise {
  private VectorPointwise() {}

  static void add(float[] a, int aAt, float[] b, int bAt, float[] y, int yAt, int n) {
    int i = 0;
    for (; i <= n - Lanes.COUNT; i += Lanes.COUNT) {
      FloatVector right = FloatVector.fromArray(Lanes.FLOAT, b, bAt + i);
      FloatVector.fromArray(Lanes.FLOAT, a, aAt + i).add(right).intoArray(y, yAt + i);
    }
    ScalarPointwise.add(a, aAt + i, b, bAt + i, y, yAt + i, n - i);
  }

  static void multiply(float[] a, int aAt, float[] b, int bAt, float[] y, int yAt, int n) {
    int i = 0;
    for (; i <= n - Lanes.COUNT; i += Lanes.COUNT) {
      FloatVector right = FloatVector.fromArray(Lanes.FLOAT, b, bAt + i);
      FloatVector.fromArray(Lanes.FLOAT, a, aAt + i).mul(right).intoArray(y, yAt + i);
    }
    ScalarPointwise.multiply(a, aAt + i, b, bAt + i, y, yAt + i, n - i);
  }

  static void addConstant(float[] a, int aAt, float constant, float[] y, int yAt, int n) {
    FloatVector constants = FloatVector.broadcast(Lanes.FLOAT, constant);
    int i = 0;
    for (; i <= n - Lanes.COUNT; i += Lanes.COUNT) {
      FloatVector.fromArray(Lanes.FLOAT, a, aAt + i).add(constants).intoArray(y, yAt + i);
    }
    ScalarPointwise.addConstant(a, aAt + i, constant, y, yAt + i, n - i);
  }

  static void scale(float[] a, int aAt, float factor, float[] y, int yAt, int n) {
    FloatVector factors = FloatVector.broadcast(Lanes.FLOAT, factor);
    int i = 0;
    for (; i <= n - Lanes.COUNT; i += Lanes.COUNT) {
      FloatVector.fromArray(Lanes.FLOAT, a, aAt + i).mul(factors).intoArray(y, yAt + i);
    }
    ScalarPointwise.scale(a, aAt + i, factor, y, yAt + i, n - i);
  }

  static void gelu(float[] x, int xAt, float[] y, int yAt, int n) {
    VectorGelu.gelu(1, n, x, xAt, n, y, yAt, n);
  }

  static void geluBackward(float[] x, int xAt, float[] dy, int dyAt, float[] dx, int dxAt, int n) {
    VectorGelu.timesGradient(1, n, dy, dyAt, n, x, xAt, n, dx, dxAt, n);
  }

  static void relu(float[] x, int xAt, float[] y, int yAt, int n) {
    int i = 0;
    for (; i <= n - Lanes.COUNT; i += Lanes.COUNT) {
      FloatVector in = FloatVector.fromArray(Lanes.FLOAT, x, xAt + i);
      in.blend(0f, in.compare(VectorOperators.LE, 0f)).intoArray(y, yAt + i);
    }
    ScalarPointwise.relu(x, xAt + i, y, yAt + i, n - i);
  }

  static void reluBackward(float[] x, int xAt, float[] dy, int dyAt, float[] dx, int dxAt, int n) {
    int i = 0;
    for (; i <= n - Lanes.COUNT; i += Lanes.COUNT) {
      FloatVector in = FloatVector.fromArray(Lanes.FLOAT, x, xAt + i);
      FloatVector gradient = FloatVector.fromArray(Lanes.FLOAT, dy, dyAt + i);
      gradient.blend(0f, in.compare(VectorOperators.LE, 0f)).intoArray(dx, dxAt + i);
    }
    ScalarPointwise.reluBackward(x, xAt + i, dy, dyAt + i, dx, dxAt + i, n - i);
  }

  static void sigmoid(float[] x, int xAt, float[] y, int yAt, int n) {
    FloatVector one = FloatVector.broadcast(Lanes.FLOAT, 1f);
    int i = 0;
    for (; i <= n - Lanes.COUNT; i += Lanes.COUNT) {
      FloatVector power = VectorExp.exp(FloatVector.fromArray(Lanes.FLOAT, x, xAt + i).neg());
      one.div(power.add(1f)).intoArray(y, yAt + i);
    }
    ScalarPointwise.sigmoid(x, xAt + i, y, yAt + i, n - i);
  }

  static void sigmoidBackward(float[] y, int yAt, float[] dy, int dyAt, float[] dx, int dxAt, int n) {
    FloatVector one = FloatVector.broadcast(Lanes.FLOAT, 1f);
    int i = 0;
    for (; i <= n - Lanes.COUNT; i += Lanes.COUNT) {
      FloatVector value = FloatVector.fromArray(Lanes.FLOAT, y, yAt + i);
      FloatVector gradient = FloatVector.fromArray(Lanes.FLOAT, dy, dyAt + i);
      gradient.mul(value.mul(one.sub(value))).intoArray(dx, dxAt + i);
    }
    ScalarPointwise.sigmoidBackward(y, yAt + i, dy, dyAt + i, dx, dxAt + i, n - i);
  }

  static void expAtMost(float[] x, int xAt, float most, float[] y, int yAt, int n) {
    int i = 0;
    for (; i <= n - Lanes.COUNT; i += Lanes.COUNT) {
      FloatVector in = FloatVector.fromArray(Lanes.FLOAT, x, xAt + i);
      VectorExp.exp(in.blend(most, in.compare(VectorOperators.GT, most))).intoArray(y, yAt + i);
    }
    ScalarPointwise.expAtMost(x, xAt + i, most, y, yAt + i, n - i);
  }

  static void expAtMostBackward(
      float[] x, int xAt, float most, float[] dy, int dyAt, float[] dx, int dxAt, int n) {
    int i = 0;
    for (; i <= n - Lanes.COUNT; i += Lanes.COUNT) {
      FloatVector in = FloatVector.fromArray(Lanes.FLOAT, x, xAt + i);
      FloatVector gradient = FloatVector.fromArray(Lanes.FLOAT, dy, dyAt + i).mul(VectorExp.exp(in));
      gradient.blend(0f, in.compare(VectorOperators.GT, most)).intoArray(dx, dxAt + i);
    }
    ScalarPointwise.expAtMostBackward(x, xAt + i, most, dy, dyAt + i, dx, dxAt + i, n - i);
  }

  static void exp(float[] x, int xAt, float[] y, int yAt, int n) {
    int i = 0;
    for (; i <= n - Lanes.COUNT; i += Lanes.COUNT) {
      VectorExp.exp(FloatVector.fromArray(Lanes.FLOAT, x, xAt + i)).intoArray(y, yAt + i);
    }
    ScalarPointwise.exp(x, xAt + i, y, yAt + i, n - i);
  }
}
