package org.swinengine.report;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads event files as their documents say, with a protocol buffer reader and a CRC-32C of its own, bit by
 * bit.
 *
 * @param version what the first event says
 * @param kinds of all events
 * @param whole whether the file ends with a record
 */
public record EventReader(String version, List<String> kinds, List<Scalar> scalars, boolean whole) {
  /** A value. */
  public record Scalar(double seconds, long step, String tag, float number) {}

  /** Reads a file up to the first record that is torn or damaged. */
  public static EventReader read(Path file) throws IOException {
    String version = null;
    List<String> kinds = new ArrayList<>();
    List<Scalar> scalars = new ArrayList<>();
    byte[] bytes = Files.readAllBytes(file);
    int at = 0;
    while (at < bytes.length) {
      if (bytes.length - at < 12 || little(bytes, at + 8, 4) != masked(bytes, at, 8)) {
        return new EventReader(version, kinds, scalars, false);
      }
      long length = little(bytes, at, 8);
      int data = at + 12;
      if (length > bytes.length - data - 4
          || little(bytes, data + (int) length, 4) != masked(bytes, data, (int) length)) {
        return new EventReader(version, kinds, scalars, false);
      }
      Map<Integer, Object> event = message(bytes, data, (int) length);
      double seconds = Double.longBitsToDouble((Long) event.get(1));
      if (event.containsKey(3)) {
        version = new String((byte[]) event.get(3), StandardCharsets.UTF_8);
        kinds.add("version");
      } else if (event.containsKey(7)) {
        byte[] session = (byte[]) event.get(7);
        kinds.add(message(session, 0, session.length).equals(Map.of(1, 1L)) ? "start" : "session");
      } else {
        byte[] summary = (byte[]) event.get(5);
        byte[] inner = (byte[]) message(summary, 0, summary.length).get(1);
        Map<Integer, Object> value = message(inner, 0, inner.length);
        kinds.add("scalar");
        scalars.add(
            new Scalar(
                seconds,
                (Long) event.getOrDefault(2, 0L),
                new String((byte[]) value.get(1), StandardCharsets.UTF_8),
                Float.intBitsToFloat(((Long) value.get(2)).intValue())));
      }
      at = data + (int) length + 4;
    }
    return new EventReader(version, kinds, scalars, true);
  }

  /** Field numbers and what they hold: a whole number, or bytes. */
  private static Map<Integer, Object> message(byte[] bytes, int from, int length) throws IOException {
    Map<Integer, Object> fields = new LinkedHashMap<>();
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes, from, length))) {
      while (in.available() > 0) {
        long key = varint(in);
        int field = (int) (key >>> 3);
        switch ((int) (key & 7)) {
          case 0 -> fields.put(field, varint(in));
          case 1 -> fields.put(field, little(in.readNBytes(8), 0, 8));
          case 2 -> fields.put(field, in.readNBytes((int) varint(in)));
          case 5 -> fields.put(field, little(in.readNBytes(4), 0, 4));
          default -> throw new IOException("wire type " + (key & 7));
        }
      }
    }
    return fields;
  }

  private static long varint(DataInputStream in) throws IOException {
    long number = 0;
    for (int shift = 0;; shift += 7) {
      int next = in.readUnsignedByte();
      number |= (long) (next & 0x7f) << shift;
      if (next < 0x80) {
        return number;
      }
    }
  }

  private static long little(byte[] bytes, int at, int count) {
    long number = 0;
    for (int i = count - 1; i >= 0; i--) {
      number = number << 8 | bytes[at + i] & 0xff;
    }
    return number;
  }

  private static long masked(byte[] bytes, int at, int count) {
    long crc = 0xffffffffL;
    for (int i = at; i < at + count; i++) {
      crc ^= bytes[i] & 0xff;
      for (int bit = 0; bit < 8; bit++) {
        crc = (crc & 1) == 1 ? crc >>> 1 ^ 0x82f63b78L : crc >>> 1;
      }
    }
    crc ^= 0xffffffffL;
    return ((crc >>> 15 | crc << 17) + 0xa282ead8L) & 0xffffffffL;
  }
}
