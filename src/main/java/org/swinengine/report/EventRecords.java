package org.swinengine.report;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.CRC32C;
import org.swinengine.weights.RegularFile;

/**
 * Events of TensorBoard as bytes: a TFRecord around a protocol buffer. A record is the length of its data
 * (8 bytes), a checksum of the length, the data, and a checksum of the data, in little-endian order; the
 * checksum is CRC-32C, turned by 15 bits and shifted by a constant (TensorFlow's {@code
 * lib/io/record_writer.h}). The data are an {@code Event} ({@code event.proto}), of whose fields the file
 * needs {@code double wall_time = 1}, {@code int64 step = 2}, {@code string file_version = 3}, {@code Summary
 * summary = 5} and {@code SessionLog session_log = 7}.
 */
final class EventRecords {
  private static final int FRAME = 8 + 4 + 4;
  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int DELIMITED = 2;
  private static final int FIXED32 = 5;

  /** {@code SessionLog.START}. */
  private static final int START = 1;

  /** No run has a file as long as this. */
  private static final long MOST_BYTES = 1L << 28;

  private EventRecords() {}

  /** What a file must begin with. */
  static byte[] version(double seconds) {
    return record(event(seconds, 0, 3, "brain.Event:2".getBytes(StandardCharsets.UTF_8)));
  }

  /** From here on everything is said anew: what was read of steps from 0 on, from other files, is void. */
  static byte[] start(double seconds) {
    return record(event(seconds, 0, 7, new byte[] {1 << 3 | VARINT, START}));
  }

  /**
   * A value.
   *
   * @param seconds when, since 1970
   * @param step when, in optimizer steps
   * @param tag its name; a prefix before a slash is the section where TensorBoard shows it
   */
  static byte[] scalar(double seconds, long step, String tag, float number) {
    byte[] name = tag.getBytes(StandardCharsets.UTF_8);
    ByteBuffer inner = buffer(name.length + 16);
    put(inner, 1, name);
    inner.put((byte) (2 << 3 | FIXED32)).putFloat(number);
    byte[] bytes = written(inner);
    ByteBuffer summary = buffer(bytes.length + 11);
    put(summary, 1, bytes);
    return record(event(seconds, step, 5, written(summary)));
  }

  /** Fields in the order of their numbers, those that are 0 left out, as others write them. */
  private static byte[] event(double seconds, long step, int field, byte[] content) {
    ByteBuffer event = buffer(content.length + 32);
    event.put((byte) (1 << 3 | FIXED64)).putDouble(seconds);
    if (step != 0) {
      event.put((byte) (2 << 3 | VARINT));
      putVarint(event, step);
    }
    put(event, field, content);
    return written(event);
  }

  private static void put(ByteBuffer message, int field, byte[] content) {
    message.put((byte) (field << 3 | DELIMITED));
    putVarint(message, content.length);
    message.put(content);
  }

  private static void putVarint(ByteBuffer message, long number) {
    long left = number;
    while ((left & ~0x7fL) != 0) {
      message.put((byte) (left & 0x7f | 0x80));
      left >>>= 7;
    }
    message.put((byte) left);
  }

  private static byte[] record(byte[] data) {
    ByteBuffer record = buffer(FRAME + data.length);
    record.putLong(data.length).putInt(checksum(record.array(), 0, 8));
    return record.put(data).putInt(checksum(data, 0, data.length)).array();
  }

  private static int checksum(byte[] bytes, int offset, int length) {
    CRC32C sum = new CRC32C();
    sum.update(bytes, offset, length);
    return Integer.rotateRight((int) sum.getValue(), 15) + 0xa282ead8;
  }

  private static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static byte[] written(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.position()];
    buffer.flip().get(bytes);
    return bytes;
  }

  /**
   * When the steps of a file were, by step. Reading ends where the file does, also in the middle of a record,
   * and at the first one whose checksum is wrong.
   */
  static Map<Long, Double> times(Path file) throws IOException {
    Map<Long, Double> times = new HashMap<>();
    if (Files.size(RegularFile.require(file)) > MOST_BYTES) {
      return times;
    }
    byte[] bytes = Files.readAllBytes(file);
    ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    while (in.remaining() >= FRAME) {
      int begin = in.position();
      long length = in.getLong();
      if (in.getInt() != checksum(bytes, begin, 8) || length < 0 || length > in.remaining() - 4) {
        break;
      }
      int data = in.position();
      if (in.getInt(data + (int) length) != checksum(bytes, data, (int) length)) {
        break;
      }
      readTime(ByteBuffer.wrap(bytes, data, (int) length).order(ByteOrder.LITTLE_ENDIAN), times);
      in.position(data + (int) length + 4);
    }
    return times;
  }

  /** Of events that begin as ours do. */
  private static void readTime(ByteBuffer event, Map<Long, Double> times) {
    try {
      if (event.get() != (1 << 3 | FIXED64)) {
        return;
      }
      double seconds = event.getDouble();
      if (event.get() != (2 << 3 | VARINT) || !Double.isFinite(seconds)) {
        return;
      }
      long step = 0;
      int next = 0x80;
      for (int shift = 0; shift < 64 && (next & 0x80) != 0; shift += 7) {
        next = event.get();
        step |= (long) (next & 0x7f) << shift;
      }
      times.put(step, seconds);
    } catch (BufferUnderflowException e) {
      // Another's event, without what is looked for.
    }
  }
}
