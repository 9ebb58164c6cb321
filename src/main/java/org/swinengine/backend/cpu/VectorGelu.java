package org.swinengine.backend.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** {@link ScalarGelu} on vectors: the same operations in the same order, hence the same bits. */
final class VectorGelu {
  private VectorGelu() {}

  /** x·Φ(x). */
  static FloatVector gelu(FloatVector x) {
    FloatVector s = step(x.mul(x), FloatVector.broadcast(Lanes.FLOAT, ScalarGelu.CDF_SCALE), -1f);
    FloatVector p = FloatVector.broadcast(Lanes.FLOAT, ScalarGelu.C15);
    p = step(p, s, ScalarGelu.C14);
    p = step(p, s, ScalarGelu.C13);
    p = step(p, s, ScalarGelu.C12);
    p = step(p, s, ScalarGelu.C11);
    p = step(p, s, ScalarGelu.C10);
    p = step(p, s, ScalarGelu.C9);
    p = step(p, s, ScalarGelu.C8);
    p = step(p, s, ScalarGelu.C7);
    p = step(p, s, ScalarGelu.C6);
    p = step(p, s, ScalarGelu.C5);
    p = step(p, s, ScalarGelu.C4);
    p = step(p, s, ScalarGelu.C3);
    p = step(p, s, ScalarGelu.C2);
    p = step(p, s, ScalarGelu.C1);
    p = step(p, s, ScalarGelu.C0);
    FloatVector cdf = step(p, x, 0.5f);
    cdf = cdf.blend(0f, x.compare(VectorOperators.LT, -ScalarGelu.CDF_LIMIT));
    cdf = cdf.blend(1f, x.compare(VectorOperators.GT, ScalarGelu.CDF_LIMIT));
    return x.mul(cdf);
  }

  /** The derivative of x·Φ(x): Φ(x) + x·φ(x). */
  static FloatVector gradient(FloatVector x) {
    FloatVector s = step(x.mul(x), FloatVector.broadcast(Lanes.FLOAT, ScalarGelu.GRADIENT_SCALE), -1f);
    FloatVector p = FloatVector.broadcast(Lanes.FLOAT, ScalarGelu.G18);
    p = step(p, s, ScalarGelu.G17);
    p = step(p, s, ScalarGelu.G16);
    p = step(p, s, ScalarGelu.G15);
    p = step(p, s, ScalarGelu.G14);
    p = step(p, s, ScalarGelu.G13);
    p = step(p, s, ScalarGelu.G12);
    p = step(p, s, ScalarGelu.G11);
    p = step(p, s, ScalarGelu.G10);
    p = step(p, s, ScalarGelu.G9);
    p = step(p, s, ScalarGelu.G8);
    p = step(p, s, ScalarGelu.G7);
    p = step(p, s, ScalarGelu.G6);
    p = step(p, s, ScalarGelu.G5);
    p = step(p, s, ScalarGelu.G4);
    p = step(p, s, ScalarGelu.G3);
    p = step(p, s, ScalarGelu.G2);
    p = step(p, s, ScalarGelu.G1);
    p = step(p, s, ScalarGelu.G0);
    FloatVector gradient = step(p, x, 0.5f);
    gradient = gradient.blend(0f, x.compare(VectorOperators.LT, -ScalarGelu.GRADIENT_LIMIT));
    return gradient.blend(1f, x.compare(VectorOperators.GT, ScalarGelu.GRADIENT_LIMIT));
  }

  /** One step of Horner's rule; short, so that its callers stay below the compiler's inlining limit. */
  private static FloatVector step(FloatVector p, FloatVector s, float coefficient) {
    return p.fma(s, FloatVector.broadcast(Lanes.FLOAT, coefficient));
  }
}
