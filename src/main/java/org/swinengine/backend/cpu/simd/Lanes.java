package org.swinengine.backend.cpu.simd;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** The vector species that all vector kernels use; loaded only where the Vector API's module is present. */
public final class Lanes {
  public static final VectorSpecies<Float> FLOAT = floatSpecies();

  /** Floats of a vector: 16, 8 or 4. */
  public static final int COUNT = FLOAT.length();

  /**
   * Vector registers: 32 with AVX-512, also for narrower vectors, and on Arm; 16 with AVX2 and SSE. A virtual
   * machine that prefers narrow vectors on a wide processor may have more than it says.
   */
  public static final int REGISTERS =
      FloatVector.SPECIES_PREFERRED.vectorBitSize() == 512 || System.getProperty("os.arch").equals("aarch64")
          ? 32
          : 16;

  private Lanes() {}

  private static VectorSpecies<Float> floatSpecies() {
    switch (Simd.BITS) {
      case 128:
        return FloatVector.SPECIES_128;
      case 256:
        return FloatVector.SPECIES_256;
      default:
        return FloatVector.SPECIES_512;
    }
  }
}
