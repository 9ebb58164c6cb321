package org.swinengine.backend;

/** Element types of device buffers. */
public enum DType {
  /** IEEE single precision: the computing type of the {@code cpu} backend. */
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

  /** Whether this is a floating point type. */
  public boolean isFloating() {
    return this != INT32;
  }
}
