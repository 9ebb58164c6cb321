package org.swinengine.backend.cpu.peak;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import org.swinengine.backend.cpu.simd.Lanes;

/** {@link FmaPeak}'s loop in vectors; loaded only where the Vector API's module is present. */
public final class VectorFmaChains implements FmaChains {
  @Override
  public int lanes() {
    return Lanes.COUNT;
  }

  /** Twelve chains and two operands: fourteen registers, so that none of sixteen is spilled. */
  @Override
  public float run(int rounds) {
    FloatVector a = FloatVector.broadcast(Lanes.FLOAT, A);
    FloatVector b = FloatVector.broadcast(Lanes.FLOAT, B);
    FloatVector c0 = FloatVector.broadcast(Lanes.FLOAT, 0f);
    FloatVector c1 = FloatVector.broadcast(Lanes.FLOAT, 1f);
    FloatVector c2 = FloatVector.broadcast(Lanes.FLOAT, 2f);
    FloatVector c3 = FloatVector.broadcast(Lanes.FLOAT, 3f);
    FloatVector c4 = FloatVector.broadcast(Lanes.FLOAT, 4f);
    FloatVector c5 = FloatVector.broadcast(Lanes.FLOAT, 5f);
    FloatVector c6 = FloatVector.broadcast(Lanes.FLOAT, 6f);
    FloatVector c7 = FloatVector.broadcast(Lanes.FLOAT, 7f);
    FloatVector c8 = FloatVector.broadcast(Lanes.FLOAT, 8f);
    FloatVector c9 = FloatVector.broadcast(Lanes.FLOAT, 9f);
    FloatVector c10 = FloatVector.broadcast(Lanes.FLOAT, 10f);
    FloatVector c11 = FloatVector.broadcast(Lanes.FLOAT, 11f);
    for (int i = 0; i < rounds; i++) {
      c0 = a.fma(b, c0);
      c1 = a.fma(b, c1);
      c2 = a.fma(b, c2);
      c3 = a.fma(b, c3);
      c4 = a.fma(b, c4);
      c5 = a.fma(b, c5);
      c6 = a.fma(b, c6);
      c7 = a.fma(b, c7);
      c8 = a.fma(b, c8);
      c9 = a.fma(b, c9);
      c10 = a.fma(b, c10);
      c11 = a.fma(b, c11);
    }
    FloatVector low = c0.add(c1).add(c2).add(c3).add(c4).add(c5);
    FloatVector high = c6.add(c7).add(c8).add(c9).add(c10).add(c11);
    return low.add(high).reduceLanes(VectorOperators.ADD);
  }
}
