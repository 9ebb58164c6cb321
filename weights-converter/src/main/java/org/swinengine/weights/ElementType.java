package org.swinengine.weights;

import java.util.Optional;

/** The type of an array's elements, as the file stores them. */
public enum ElementType {
  F64(8, 8, "F64"),
  F32(4, 4, "F32"),
  F16(2, 2, "F16"),
  BF16(2, 2, "BF16"),
  /** 4 exponent and 3 mantissa bits, no infinity, largest 448 (torch.float8_e4m3fn). */
  F8_E4M3(1, 1, "F8_E4M3"),
  /** 5 exponent and 2 mantissa bits, as IEEE 754 would have it (torch.float8_e5m2). */
  F8_E5M2(1, 1, "F8_E5M2"),
  /** As {@link #F8_E4M3} with bias 8, without a negative zero (torch.float8_e4m3fnuz). */
  F8_E4M3FNUZ(1, 1, "F8_E4M3FNUZ"),
  /** As {@link #F8_E5M2} with bias 16, without infinities and negative zero (torch.float8_e5m2fnuz). */
  F8_E5M2FNUZ(1, 1, "F8_E5M2FNUZ"),
  /** A power of two, exponent only (torch.float8_e8m0fnu). */
  F8_E8M0(1, 1, "F8_E8M0"),
  I64(8, 8, "I64"),
  I32(4, 4, "I32"),
  I16(2, 2, "I16"),
  I8(1, 1, "I8"),
  U64(8, 8, "U64"),
  U32(4, 4, "U32"),
  U16(2, 2, "U16"),
  U8(1, 1, "U8"),
  /** One byte, 0 or 1; any other byte counts as true, as in PyTorch. */
  BOOL(1, 1, "BOOL"),
  /** Two F32: real and imaginary part. */
  C64(8, 4, "C64"),
  /** Two F64: real and imaginary part. */
  C128(16, 8, null);

  private final int byteSize;
  private final int componentSize;
  private final String safetensorsName;

  ElementType(int byteSize, int componentSize, String safetensorsName) {
    this.byteSize = byteSize;
    this.componentSize = componentSize;
    this.safetensorsName = safetensorsName;
  }

  /** Bytes of one element. */
  public int byteSize() {
    return byteSize;
  }

  /** Bytes that are swapped together when the byte order changes: half an element for the complex types. */
  int componentSize() {
    return componentSize;
  }

  /** The "dtype" in a safetensors header; empty where the format has none. */
  public Optional<String> safetensorsName() {
    return Optional.ofNullable(safetensorsName);
  }

  /** The type of a safetensors "dtype"; empty where it is unknown. */
  public static Optional<ElementType> ofSafetensorsName(String name) {
    for (ElementType type : values()) {
      if (name.equals(type.safetensorsName)) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }

  public boolean isComplex() {
    return this == C64 || this == C128;
  }

  /** Whether the elements are real floating-point numbers. */
  public boolean isFloatingPoint() {
    return ordinal() <= F8_E8M0.ordinal();
  }

  /** Whether the elements are whole numbers or booleans. */
  public boolean isIntegral() {
    return !isFloatingPoint() && !isComplex();
  }
}
