package org.swinengine.backend.cpu.peak;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.swinengine.backend.Backend;
import org.swinengine.backend.cpu.CpuBackendsForTests;
import org.swinengine.backend.cpu.simd.Simd;

class FmaPeakTest {
  private static final int ROUNDS = 1000;

  /** Chains begin with 0 to 11, together 66, and each adds 1/1024 in a round; all sums are exact. */
  @Test
  void allMultiplyAddsAreComputed() {
    double expected = 66 + FmaChains.CHAINS * ROUNDS / 1024.0;
    assertEquals(expected, new ScalarFmaChains().run(ROUNDS));
    if (Simd.isVector()) {
      FmaChains vector = new VectorFmaChains();
      assertEquals(expected * vector.lanes(), vector.run(ROUNDS));
    }
  }

  @Test
  void thePeakIsMeasuredWithAndWithoutVectors() {
    for (boolean vector : new boolean[] {false, Simd.isVector()}) {
      try (Backend backend = CpuBackendsForTests.open(2, vector)) {
        assertTrue(backend.measurePeakGflops().getAsDouble() > 0);
      }
    }
  }
}
