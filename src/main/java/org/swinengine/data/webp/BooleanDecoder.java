package org.swinengine.data.webp;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * VP8's arithmetic decoder (RFC 6386, section 7). What it makes of bytes that no encoder writes is libwebp's
 * too (src/utils/bit_reader_inl_utils.h).
 */
final class BooleanDecoder {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private final byte[] data;
  private final int end;
  private int position;
  private long value;

  /** How many bits of the value lie below the eight that are compared. */
  private int bits = -8;

  /** One less than the present range. */
  private int range = 254;

  private boolean exhausted;

  BooleanDecoder(byte[] data, int start, int end) {
    this.data = data;
    this.position = start;
    this.end = end;
  }

  /** A bit that is 0 with the given probability of 256. */
  int bit(int probability) {
    if (bits < 0) {
      load();
    }
    int split = range * probability >> 8;
    boolean one = Integer.compareUnsigned((int) (value >>> bits), split) > 0;
    int next;
    if (one) {
      next = range - split;
      value -= (long) (split + 1) << bits;
    } else {
      next = split + 1;
    }
    int shift = Integer.numberOfLeadingZeros(next) - 24;
    bits -= shift;
    range = (next << shift) - 1;
    return one ? 1 : 0;
  }

  private void load() {
    if (end - position >= 8) {
      value = value << 56 | (long) LONGS.get(data, position) >>> 8;
      position += 7;
      bits += 56;
      return;
    }
    value <<= 8;
    bits += 8;
    if (position < end) {
      value |= data[position++] & 255;
    } else {
      exhausted = true;
    }
  }

  boolean flag() {
    return bit(128) == 1;
  }

  /** The number or its negative, of even odds. */
  int signed(int number) {
    if (bits < 0) {
      load();
    }
    int split = range >> 1;
    int mask = split - (int) (value >>> bits) >> 31;
    value -= (long) (split + 1 & mask) << bits;
    bits--;
    range = range + mask | 1;
    return (number ^ mask) - mask;
  }

  /** A number of some bits, the highest first. */
  int number(int count) {
    int number = 0;
    for (int i = 0; i < count; i++) {
      number = number << 1 | bit(128);
    }
    return number;
  }

  /** A flag, and a number and its sign if it is set; else 0. */
  int optionalSigned(int count) {
    if (!flag()) {
      return 0;
    }
    int number = number(count);
    return flag() ? -number : number;
  }

  /** Whether more was read than there is; zeros stood for what is missing. */
  boolean isExhausted() {
    return exhausted;
  }
}
