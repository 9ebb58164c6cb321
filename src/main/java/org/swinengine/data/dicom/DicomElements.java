package org.swinengine.data.dicom;

import java.io.ByteArrayOutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;

/** Elements that are to be written: explicit, little-endian, sequences with their lengths (PS3.5, 7). */
final class DicomElements {
  private static final int ITEM = 0xFFFEE000;

  private record Value(String vr, byte[] bytes) {}

  private final Charset charset;
  private final TreeMap<Integer, Value> elements = new TreeMap<>(Integer::compareUnsigned);

  DicomElements(Charset charset) {
    this.charset = charset;
  }

  /** An empty set of elements of the same file. */
  DicomElements inner() {
    return new DicomElements(charset);
  }

  /** Text as it is; to an even length with a blank, identifiers with a zero. */
  DicomElements text(int tag, String vr, String value) {
    byte[] text = value.getBytes(charset);
    byte[] even = java.util.Arrays.copyOf(text, text.length + text.length % 2);
    if (even.length > text.length && !vr.equals("UI")) {
      even[text.length] = ' ';
    }
    elements.put(tag, new Value(vr, even));
    return this;
  }

  /** Text of another file, of whatever alphabet. */
  DicomElements copy(int tag, String vr, DicomSet from) {
    byte[] text = from.text(tag, "").getBytes(StandardCharsets.ISO_8859_1);
    elements.put(tag, new Value(vr, text));
    if (text.length % 2 != 0) {
      byte[] even = java.util.Arrays.copyOf(text, text.length + 1);
      even[text.length] = (byte) (vr.equals("UI") ? 0 : ' ');
      elements.put(tag, new Value(vr, even));
    }
    return this;
  }

  /** Decimal numbers of at most 16 letters each. */
  DicomElements decimals(int tag, double... numbers) {
    StringBuilder text = new StringBuilder();
    for (double number : numbers) {
      text.append(text.isEmpty() ? "" : "\\").append(decimal(number));
    }
    return text(tag, "DS", text.toString());
  }

  static String decimal(double number) {
    for (int digits = 16; digits > 8; digits--) {
      String text = String.format(Locale.ROOT, "%." + digits + "g", number);
      if (!text.contains("e") && text.contains(".")) {
        text = text.replaceFirst("0+$", "").replaceFirst("\\.$", "");
      }
      if (text.length() <= 16) {
        return text.equals("-0") ? "0" : text;
      }
    }
    return String.format(Locale.ROOT, "%.8e", number);
  }

  DicomElements unsigned16(int tag, int... numbers) {
    byte[] bytes = new byte[2 * numbers.length];
    for (int i = 0; i < numbers.length; i++) {
      bytes[2 * i] = (byte) numbers[i];
      bytes[2 * i + 1] = (byte) (numbers[i] >> 8);
    }
    elements.put(tag, new Value("US", bytes));
    return this;
  }

  DicomElements unsigned32(int tag, int... numbers) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int number : numbers) {
      number(out, number, 4);
    }
    elements.put(tag, new Value("UL", out.toByteArray()));
    return this;
  }

  DicomElements tags(int tag, int... tags) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int one : tags) {
      number(out, one >>> 16, 2);
      number(out, one, 2);
    }
    elements.put(tag, new Value("AT", out.toByteArray()));
    return this;
  }

  /** @param value of even length */
  DicomElements bytes(int tag, String vr, byte[] value) {
    elements.put(tag, new Value(vr, value));
    return this;
  }

  DicomElements sequence(int tag, DicomElements... items) {
    return sequence(tag, List.of(items));
  }

  DicomElements sequence(int tag, List<DicomElements> items) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (DicomElements item : items) {
      byte[] bytes = item.toBytes();
      number(out, ITEM >>> 16, 2);
      number(out, ITEM, 2);
      number(out, bytes.length, 4);
      out.writeBytes(bytes);
    }
    elements.put(tag, new Value("SQ", out.toByteArray()));
    return this;
  }

  /** A code (PS3.3, 8). */
  DicomElements code(int tag, String value, String scheme, String meaning) {
    return sequence(
        tag,
        inner().text(0x00080100, "SH", value).text(0x00080102, "SH", scheme)
            .text(0x00080104, "LO", meaning));
  }

  byte[] toBytes() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    elements.forEach((tag, value) -> {
      number(out, tag >>> 16, 2);
      number(out, tag, 2);
      out.writeBytes(value.vr().getBytes(StandardCharsets.US_ASCII));
      if (List.of("OB", "OW", "SQ", "UN", "UT").contains(value.vr())) {
        number(out, 0, 2);
        number(out, value.bytes().length, 4);
      } else {
        number(out, value.bytes().length, 2);
      }
      out.writeBytes(value.bytes());
    });
    return out.toByteArray();
  }

  private static void number(ByteArrayOutputStream out, int value, int bytes) {
    for (int i = 0; i < bytes; i++) {
      out.write(value >>> 8 * i);
    }
  }
}
