package org.swinengine.weights;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;

/**
 * The header of a NumPy {@code .npy} file, versions 1 to 3: the magic, the version, the length and a Python
 * literal such as <code>{'descr': '&lt;f4', 'fortran_order': False, 'shape': (2, 3), }</code>.
 *
 * @param bytes length of everything before the data
 */
record NpyHeader(ElementType type, boolean bigEndian, boolean fortranOrder, long[] shape, long bytes) {
  static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  /** NumPy's own limit for files that are not trusted is 10,000. */
  private static final int MAX_LITERAL = 1 << 20;
  private static final int ALIGNMENT = 64;
  /**
   * NumPy leaves room for the first axis to grow to this many digits
   * (numpy.lib.format.GROWTH_AXIS_MAX_DIGITS).
   */
  private static final int GROWTH_DIGITS = 21;

  private static final Map<String, ElementType> TYPES = Map.ofEntries(
      Map.entry("f8", ElementType.F64), Map.entry("f4", ElementType.F32), Map.entry("f2", ElementType.F16),
      Map.entry("i8", ElementType.I64), Map.entry("i4", ElementType.I32), Map.entry("i2", ElementType.I16),
      Map.entry("i1", ElementType.I8), Map.entry("u8", ElementType.U64), Map.entry("u4", ElementType.U32),
      Map.entry("u2", ElementType.U16), Map.entry("u1", ElementType.U8), Map.entry("b1", ElementType.BOOL),
      Map.entry("c8", ElementType.C64), Map.entry("c16", ElementType.C128));

  /**
   * The element type of a NumPy type code without its byte order, such as {@code f4}; null where there is
   * none.
   */
  static ElementType typeOf(String code) {
    return TYPES.get(code);
  }

  /** Reads the header from a stream that stands at the magic. */
  static NpyHeader read(InputStream in, String label) throws IOException {
    byte[] start = exactly(in, 8);
    if (!Arrays.equals(start, 0, 6, MAGIC, 0, 6)) {
      throw new WeightFileException(label + ": this is no NumPy .npy file.");
    }
    int major = start[6];
    if (major < 1 || major > 3) {
      throw new WeightFileException(label + ": version " + (major & 0xff)
          + " of the .npy format is not known (1 to 3 are); save the array with numpy.save.");
    }
    byte[] field = exactly(in, major == 1 ? 2 : 4);
    long length = 0;
    for (int i = field.length - 1; i >= 0; i--) {
      length = length << 8 | field[i] & 0xff;
    }
    if (length > MAX_LITERAL) {
      throw new WeightFileException(label + ": the .npy header is said to have " + length
          + " bytes, more than the "
          + MAX_LITERAL + " that make sense; the file is damaged.");
    }
    Charset charset = major == 3 ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1;
    String literal = new String(exactly(in, (int) length), charset);
    return new NpyLiteral(literal, label).parse(start.length + field.length + length);
  }

  private static byte[] exactly(InputStream in, int length) throws IOException {
    byte[] bytes = in.readNBytes(length);
    if (bytes.length != length) {
      throw new EOFException();
    }
    return bytes;
  }

  /** Strides of the stored order in elements; null for C order. */
  long[] strides() {
    if (!fortranOrder) {
      return null;
    }
    long[] strides = new long[shape.length];
    long stride = 1;
    for (int axis = 0; axis < shape.length; axis++) {
      strides[axis] = stride;
      stride *= Math.max(1, shape[axis]);
    }
    return strides;
  }

  /** The bytes that numpy.save writes before the data of a little-endian array in C order. */
  static byte[] write(ElementType type, long[] shape) {
    String code = TYPES.entrySet().stream().filter(entry -> entry.getValue() == type).map(Map.Entry::getKey)
        .findFirst().orElseThrow(() -> new WeightFileException("NumPy has no element type for " + type
            + "; convert the array to F32 first, or write a safetensors file."));
    StringBuilder literal = new StringBuilder(String.format(Locale.ROOT,
        "{'descr': '%s%s', 'fortran_order': False, 'shape': (", type.componentSize() == 1 ? "|" : "<", code));
    for (int axis = 0; axis < shape.length; axis++) {
      literal.append(axis == 0 ? "" : " ").append(shape[axis]);
      literal.append(axis < shape.length - 1 || shape.length == 1 ? "," : "");
    }
    literal.append("), }");
    if (shape.length > 0) {
      literal.append(" ".repeat(GROWTH_DIGITS - Long.toString(shape[0]).length()));
    }
    int before = MAGIC.length + 2 + 2;
    int total = (before + literal.length() + 1 + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    literal.append(" ".repeat(total - before - literal.length() - 1)).append('\n');
    byte[] header = new byte[total];
    System.arraycopy(MAGIC, 0, header, 0, MAGIC.length);
    header[6] = 1;
    header[8] = (byte) literal.length();
    header[9] = (byte) (literal.length() >>> 8);
    byte[] text = literal.toString().getBytes(StandardCharsets.ISO_8859_1);
    System.arraycopy(text, 0, header, before, text.length);
    return header;
  }
}
