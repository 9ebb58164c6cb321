package org.swinengine.data;

/** VP8's arithmetic decoder (RFC 6386, section 7). */
final class Vp8Bits {
  private final byte[] data;
  private final int end;
  private int position;
  private int value;
  private int bits = -8;

  /** One less than the present range. */
  private int range = 254;

  private boolean exhausted;

  Vp8Bits(byte[] data, int start, int end) {
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
    boolean one = value >> bits > split;
    int next;
    if (one) {
      next = range - split;
      value -= split + 1 << bits;
    } else {
      next = split + 1;
    }
    int shift = Integer.numberOfLeadingZeros(next) - 24;
    bits -= shift;
    range = (next << shift) - 1;
    return one ? 1 : 0;
  }

  private void load() {
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

  /** A number of some bits, the highest first. */
  int number(int count) {
    int number = 0;
    for (int i = 0; i < count; i++) {
      number = number << 1 | bit(128);
    }
    return number;
  }

  /** A number and its sign. */
  int signed(int count) {
    int number = number(count);
    return flag() ? -number : number;
  }

  /** A flag, and a number and its sign if it is set; else 0. */
  int optionalSigned(int count) {
    return flag() ? signed(count) : 0;
  }

  /** Whether more was read than there is. */
  boolean isExhausted() {
    return exhausted;
  }
}
