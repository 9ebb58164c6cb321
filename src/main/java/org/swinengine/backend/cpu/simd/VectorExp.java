package org.swinengine.backend.cpu.simd;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * {@link ScalarExp} on vectors: the same operations in the same order, hence the same bits. Flat, without
 * helpers of its own, so that the compiler inlines it whole.
 */
public final class VectorExp {
  private VectorExp() {}

  /** eˣ; NaN stays NaN, −∞ gives 0, above 88.72 the result is infinite. */
  public static FloatVector exp(FloatVector x) {
    FloatVector y = x.blend(ScalarExp.LOWEST, x.compare(VectorOperators.LT, ScalarExp.LOWEST));
    y = y.blend(ScalarExp.HIGHEST, y.compare(VectorOperators.GT, ScalarExp.HIGHEST));
    FloatVector t =
        y.fma(
            FloatVector.broadcast(Lanes.FLOAT, ScalarExp.LOG2_E),
            FloatVector.broadcast(Lanes.FLOAT, ScalarExp.ROUNDER));
    FloatVector n = t.sub(ScalarExp.ROUNDER);
    FloatVector r = n.fma(FloatVector.broadcast(Lanes.FLOAT, -ScalarExp.LN2_HIGH), y);
    r = n.fma(FloatVector.broadcast(Lanes.FLOAT, -ScalarExp.LN2_LOW), r);
    FloatVector p = FloatVector.broadcast(Lanes.FLOAT, ScalarExp.E6);
    p = p.fma(r, FloatVector.broadcast(Lanes.FLOAT, ScalarExp.E5));
    p = p.fma(r, FloatVector.broadcast(Lanes.FLOAT, ScalarExp.E4));
    p = p.fma(r, FloatVector.broadcast(Lanes.FLOAT, ScalarExp.E3));
    p = p.fma(r, FloatVector.broadcast(Lanes.FLOAT, ScalarExp.E2));
    p = p.fma(r.mul(r), r).add(1f);
    IntVector power = t.reinterpretAsInts().sub(ScalarExp.ROUNDER_BITS);
    IntVector half = power.lanewise(VectorOperators.ASHR, 1);
    FloatVector first = half.add(127).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
    FloatVector second = power.sub(half).add(127).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
    return p.mul(first).mul(second);
  }
}
