package org.swinengine.backend.cpu.pointwise;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import org.swinengine.backend.UnaryFunction;
import org.swinengine.backend.cpu.simd.Lanes;
import org.swinengine.backend.cpu.simd.VectorExp;

/** {@link PointwiseLoops} in vectors. */
public final class VectorPointwise implements PointwiseLoops {
  /** What is left of a row behind the last whole vector. */
  private static final ScalarPointwise TAIL = new ScalarPointwise();

  @Override
  public void add(float[] a, int aAt, float[] b, int bAt, float[] y, int yAt, int n) {
    int i = 0;
    for (; i <= n - Lanes.COUNT; i += Lanes.COUNT) {
      FloatVector right = FloatVector.fromArray(Lanes.FLOAT, b, bAt + i);
      FloatVector.fromArray(Lanes.FLOAT, a, aAt + i).add(right).intoArray(y, yAt + i);
    }
    TAIL.add(a, aAt + i, b, bAt + i, y, yAt + i, n - i);
  }

  @Override
  public void multiply(float[] a, int aAt, float[] b, int bAt, float[] y, int yAt, int n) {
    int i = 0;
    for (; i <= n - Lanes.COUNT; i += Lanes.COUNT) {
      FloatVector right = FloatVector.fromArray(Lanes.FLOAT, b, bAt + i);
      FloatVector.fromArray(Lanes.FLOAT, a, aAt + i).mul(right).intoArray(y, yAt + i);
    }
    TAIL.multiply(a, aAt + i, b, bAt + i, y, yAt + i, n - i);
  }

  @Override
  public void addConstant(float[] a, int aAt, float constant, float[] y, int yAt, int n) {
    FloatVector constants = FloatVector.broadcast(Lanes.FLOAT, constant);
    int i = 0;
    for (; i <= n - Lanes.COUNT; i += Lanes.COUNT) {
      FloatVector.fromArray(Lanes.FLOAT, a, aAt + i).add(constants).intoArray(y, yAt + i);
    }
    TAIL.addConstant(a, aAt + i, constant, y, yAt + i, n - i);
  }

  @Override
  public void scale(float[] a, int aAt, float factor, float[] y, int yAt, int n) {
    FloatVector factors = FloatVector.broadcast(Lanes.FLOAT, factor);
    int i = 0;
    for (; i <= n - Lanes.COUNT; i += Lanes.COUNT) {
      FloatVector.fromArray(Lanes.FLOAT, a, aAt + i).mul(factors).intoArray(y, yAt + i);
    }
    TAIL.scale(a, aAt + i, factor, y, yAt + i, n - i);
  }

  @Override
  public Unary unary(UnaryFunction f) {
    return UnaryLoops.Vector.forward(f);
  }

  @Override
  public Binary unaryBackward(UnaryFunction f) {
    return UnaryLoops.Vector.backward(f);
  }

  @Override
  public void expAtMost(float[] x, int xAt, float most, float[] y, int yAt, int n) {
    int i = 0;
    for (; i <= n - Lanes.COUNT; i += Lanes.COUNT) {
      FloatVector in = FloatVector.fromArray(Lanes.FLOAT, x, xAt + i);
      VectorExp.exp(in.blend(most, in.compare(VectorOperators.GT, most))).intoArray(y, yAt + i);
    }
    TAIL.expAtMost(x, xAt + i, most, y, yAt + i, n - i);
  }

  @Override
  public void expAtMostBackward(
      float[] x, int xAt, float most, float[] dy, int dyAt, float[] dx, int dxAt, int n) {
    int i = 0;
    for (; i <= n - Lanes.COUNT; i += Lanes.COUNT) {
      FloatVector in = FloatVector.fromArray(Lanes.FLOAT, x, xAt + i);
      FloatVector gradient = FloatVector.fromArray(Lanes.FLOAT, dy, dyAt + i).mul(VectorExp.exp(in));
      gradient.blend(0f, in.compare(VectorOperators.GT, most)).intoArray(dx, dxAt + i);
    }
    TAIL.expAtMostBackward(x, xAt + i, most, dy, dyAt + i, dx, dxAt + i, n - i);
  }

  @Override
  public void exp(float[] x, int xAt, float[] y, int yAt, int n) {
    int i = 0;
    for (; i <= n - Lanes.COUNT; i += Lanes.COUNT) {
      VectorExp.exp(FloatVector.fromArray(Lanes.FLOAT, x, xAt + i)).intoArray(y, yAt + i);
    }
    TAIL.exp(x, xAt + i, y, yAt + i, n - i);
  }
}
