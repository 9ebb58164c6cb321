package org.swinengine.backend.cpu.simd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.swinengine.backend.cpu.CpuBackendsForTests;

/** Runs at every width that the build forces with {@code -Dswin.simd}. */
@Tag("conformance")
@Tag("numerics")
class SimdTest {
  @Test
  void speciesHaveTheWidthInUse() {
    assumeTrue(CpuBackendsForTests.hasAskedWidth(), "this processor's vectors are narrower");
    assumeTrue(Simd.isVector(), "scalar kernels are in use");
    assertEquals(Simd.BITS, Lanes.FLOAT.vectorBitSize());
    assertEquals(Simd.BITS / Float.SIZE, Lanes.COUNT);
  }

  @Test
  void theForcedWidthIsInUse() {
    String asked = System.getProperty("swin.simd", "auto");
    assumeTrue(!asked.equals("auto"), "no width is forced");
    assumeTrue(CpuBackendsForTests.hasAskedWidth(), "this processor's vectors are narrower");
    assertEquals(asked.equals("off") ? 0 : Integer.parseInt(asked), Simd.BITS);
  }
}
