package org.swinengine.backend;

/** Element types of device buffers. */
public enum DType {
  /**
   * The upper half of a float32 (8 bits of significand): activations of the {@code cuda} backend in mixed
   * precision.
   */
  BF16(2),
  /** IEEE single precision: the computing type of the {@code cpu} backend, and of {@code cuda} by default. */
  FLOAT32(4),
  /** IEEE double precision: the computing type of the {@code reference} backend. */
  FLOAT64(8),
  /** 32-bit integers: class labels and indices. */
  INT32(4);

  private final int bytes;

  DType(int bytes) {
    this.bytes = bytes;
  }

  /** Size of one element in bytes. */
  public int bytes() {
    return bytes;
  }
}
