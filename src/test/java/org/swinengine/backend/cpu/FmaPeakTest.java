package org.swinengine.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.swinengine.backend.Backend;

class FmaPeakTest {
  private static final int ROUNDS = 1000;

  /** Chains begin with 0 to 11, together 66, and each adds 1/1024 in a round; all sums are exact. */
  @Test
  void allMultiplyAddsAreComputed() {
    double expected = 66 + FmaPeak.CHAINS * ROUNDS / 1024.0;
    assertEquals(expected, FmaPeak.chains(false, ROUNDS));
    if (Simd.isVector()) {
      assertEquals(expected * Lanes.COUNT, FmaPeak.chains(true, ROUNDS));
    }
  }

  @Test
  void thePeakIsMeasuredWithAndWithoutVectors() {
    try (Backend vector = new CpuBackend(2);
        Backend scalar = new CpuBackend(1, false)) {
      assertTrue(vector.measurePeakGflops().getAsDouble() > 0);
      assertTrue(scalar.measurePeakGflops().getAsDouble() > 0);
    }
  }
}
