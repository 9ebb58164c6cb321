package org.swinengine.backend.cpu;

import jdk.incubator.vector.FloatVector;
import org.swinengine.backend.Backend;

/** Doors for tests of other packages to what only this package knows. */
public final class CpuBackendsForTests {
  private CpuBackendsForTests() {}

  /** The scalar twin of the vector kernels. */
  public static Backend scalarTwin(int threads) {
    return new CpuBackend(threads, false);
  }

  /** Whether this processor's vectors are as wide as {@code -Dswin.simd} asks. */
  public static boolean hasAskedWidth() {
    String asked = System.getProperty("swin.simd", "auto");
    return !asked.matches("\\d+") || Integer.parseInt(asked) <= FloatVector.SPECIES_PREFERRED.vectorBitSize();
  }
}
