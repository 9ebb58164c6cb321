package org.swinengine.backend.cpu;

import jdk.incubator.vector.FloatVector;
import org.swinengine.backend.Backend;

/** Doors for tests of other packages to what only this package knows. */
public final class CpuBackendsForTests {
  private CpuBackendsForTests() {}

  /** The scalar twin of the vector kernels. */
  public static Backend scalarTwin(int threads) {
    return open(threads, false);
  }

  /** A backend with its kernels as they are, not compiled first; without vectors, the scalar twin. */
  public static CpuBackend open(int threads, boolean vector) {
    return new CpuBackend(threads, vector ? new VectorLoops() : new ScalarLoops("asked for by a test"));
  }

  /** Whether this processor's vectors are as wide as {@code -Dswin.simd} asks. */
  public static boolean hasAskedWidth() {
    String asked = System.getProperty("swin.simd", "auto");
    return !asked.matches("\\d+") || Integer.parseInt(asked) <= FloatVector.SPECIES_PREFERRED.vectorBitSize();
  }
}
