package org.swinengine.weights;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.swinengine.weights.PickleLimits.PickleException;

/** The bytes of a pickle and a position in them. No length that the pickle states is trusted. */
final class PickleInput {
  /** Long enough for any module or class name. */
  static final int MAX_LINE = 1024;

  private final byte[] bytes;
  private final ByteBuffer littleEndian;
  private int position;

  PickleInput(byte[] bytes) {
    this.bytes = bytes;
    littleEndian = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  int position() {
    return position;
  }

  int remaining() {
    return bytes.length - position;
  }

  int u8() {
    return bytes[take(1)] & 0xff;
  }

  int u16() {
    return littleEndian.getShort(take(2)) & 0xffff;
  }

  int i32() {
    return littleEndian.getInt(take(4));
  }

  long u32() {
    return i32() & 0xffffffffL;
  }

  long i64() {
    return littleEndian.getLong(take(8));
  }

  double bigEndianDouble() {
    return Double.longBitsToDouble(Long.reverseBytes(i64()));
  }

  byte[] bytes(long length) {
    int start = take(length);
    return Arrays.copyOfRange(bytes, start, start + (int) length);
  }

  /** UTF-8 in which, as Python allows, a lone surrogate may be encoded. */
  String utf8(long length) {
    int start = take(length);
    String text = Text.strictUtf8(bytes, start, (int) length);
    return text != null ? text : surrogatePass(start, (int) length);
  }

  String latin1(long length) {
    int start = take(length);
    return new String(bytes, start, (int) length, StandardCharsets.ISO_8859_1);
  }

  /** A little-endian number in two's complement; a Long where it fits. */
  Object integer(long length) {
    if (length > MAX_LINE) {
      throw new PickleException("a whole number of " + length + " bytes makes no sense");
    }
    byte[] digits = bytes(length);
    if (digits.length == 0) {
      return 0L;
    }
    for (int low = 0, high = digits.length - 1; low < high; low++, high--) {
      byte swapped = digits[low];
      digits[low] = digits[high];
      digits[high] = swapped;
    }
    BigInteger number = new BigInteger(digits);
    return number.bitLength() < Long.SIZE ? (Object) number.longValue() : number;
  }

  /** Text up to the next newline. */
  String line() {
    int limit = Math.min(bytes.length, position + MAX_LINE);
    for (int end = position; end < limit; end++) {
      if (bytes[end] == '\n') {
        String line = utf8(end - position);
        position = end + 1;
        return line;
      }
    }
    throw new PickleException("a name has no end");
  }

  private int take(long length) {
    if (length < 0 || length > remaining()) {
      throw new PickleException(
          "it asks for " + Long.toUnsignedString(length) + " bytes where " + remaining() + " are left");
    }
    int start = position;
    position += (int) length;
    return start;
  }

  private String surrogatePass(int start, int length) {
    StringBuilder text = new StringBuilder();
    int from = start;
    int end = start + length;
    for (int i = start; i + 2 < end; i++) {
      boolean surrogate = bytes[i] == (byte) 0xed
          && (bytes[i + 1] & 0xe0) == 0xa0
          && (bytes[i + 2] & 0xc0) == 0x80;
      if (surrogate) {
        appendStrict(text, from, i);
        text.append((char) (0xd000 | (bytes[i + 1] & 0x3f) << 6 | bytes[i + 2] & 0x3f));
        from = i + 3;
        i += 2;
      }
    }
    appendStrict(text, from, end);
    return text.toString();
  }

  private void appendStrict(StringBuilder text, int from, int to) {
    String part = Text.strictUtf8(bytes, from, to - from);
    if (part == null) {
      throw new PickleException("a text is not UTF-8");
    }
    text.append(part);
  }
}
