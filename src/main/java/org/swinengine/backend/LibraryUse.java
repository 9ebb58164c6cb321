package org.swinengine.backend;

/** When one of NVIDIA's libraries computes in place of the engine's own kernels. */
public enum LibraryUse {
  /** Where a table says that it is the faster one, and the library is there. */
  AUTO,
  /** Wherever it can; it must be there. */
  ON,
  /** Never. */
  OFF
}
