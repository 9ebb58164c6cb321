package org.swinengine.data.segmentation;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** The types of elements of a NIfTI file that are one real number. */
enum NiftiType {
  U8(2, 1),
  I16(4, 2),
  I32(8, 4),
  F32(16, 4),
  F64(64, 8),
  I8(256, 1),
  U16(512, 2),
  U32(768, 4),
  I64(1024, 8),
  U64(1280, 8);

  final int code;
  final int bytes;

  NiftiType(int code, int bytes) {
    this.code = code;
    this.bytes = bytes;
  }

  static @Nullable NiftiType of(int code) {
    for (NiftiType type : values()) {
      if (type.code == code) {
        return type;
      }
    }
    return null;
  }

  double read(ByteBuffer in, int at) {
    return switch (this) {
      case U8 -> in.get(at) & 255;
      case I8 -> in.get(at);
      case I16 -> in.getShort(at);
      case U16 -> in.getShort(at) & 0xFFFF;
      case I32 -> in.getInt(at);
      case U32 -> in.getInt(at) & 0xFFFF_FFFFL;
      case I64 -> in.getLong(at);
      case U64 -> {
        long value = in.getLong(at);
        // Halved with the lost bit kept, so that it is rounded once.
        yield value >= 0 ? value : (value >>> 1 | value & 1) * 2.0;
      }
      case F32 -> in.getFloat(at);
      case F64 -> in.getDouble(at);
    };
  }
}
