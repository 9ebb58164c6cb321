package org.swinengine.backend.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** {@link ScalarExp} on vectors: the same operations in the same order, hence the same bits. */
final class VectorExp {
  private VectorExp() {}

  /** eˣ; NaN stays NaN, −∞ gives 0, above 88.72 the result is infinite. */
  static FloatVector exp(FloatVector x) {
    FloatVector y = x.blend(ScalarExp.LOWEST, x.compare(VectorOperators.LT, ScalarExp.LOWEST));
    y = y.blend(ScalarExp.HIGHEST, y.compare(VectorOperators.GT, ScalarExp.HIGHEST));
    FloatVector t = step(y, broadcast(ScalarExp.LOG2_E), ScalarExp.ROUNDER);
    FloatVector n = t.sub(ScalarExp.ROUNDER);
    FloatVector r = n.fma(broadcast(-ScalarExp.LN2_HIGH), y);
    r = n.fma(broadcast(-ScalarExp.LN2_LOW), r);
    FloatVector p = broadcast(ScalarExp.E6);
    p = step(p, r, ScalarExp.E5);
    p = step(p, r, ScalarExp.E4);
    p = step(p, r, ScalarExp.E3);
    p = step(p, r, ScalarExp.E2);
    p = p.fma(r.mul(r), r).add(1f);
    IntVector power = t.reinterpretAsInts().sub(ScalarExp.ROUNDER_BITS);
    IntVector half = power.lanewise(VectorOperators.ASHR, 1);
    return p.mul(powerOfTwo(half)).mul(powerOfTwo(power.sub(half)));
  }

  private static FloatVector powerOfTwo(IntVector exponent) {
    return exponent.add(127).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
  }

  private static FloatVector step(FloatVector p, FloatVector r, float coefficient) {
    return p.fma(r, broadcast(coefficient));
  }

  private static FloatVector broadcast(float value) {
    return FloatVector.broadcast(Lanes.FLOAT, value);
  }
}
