package org.swinengine.weights;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Writes pickles opcode by opcode, wrong ones included. */
final class PickleWriter {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  PickleWriter() {
    raw(0x80, 2);
  }

  private PickleWriter(boolean ignored) {}

  /** A piece to put into another pickle. */
  static PickleWriter part() {
    return new PickleWriter(true);
  }

  PickleWriter raw(PickleWriter part) {
    out.writeBytes(part.out.toByteArray());
    return this;
  }

  PickleWriter real(double value) {
    raw('G');
    out.writeBytes(ByteBuffer.allocate(8).putDouble(value).array());
    return this;
  }

  PickleWriter raw(int... bytes) {
    for (int b : bytes) {
      out.write(b);
    }
    return this;
  }

  PickleWriter raw(String opcodes) {
    out.writeBytes(opcodes.getBytes(StandardCharsets.ISO_8859_1));
    return this;
  }

  PickleWriter u32(long value) {
    out.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt((int) value).array());
    return this;
  }

  PickleWriter text(String value) {
    byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
    raw('X').u32(utf8.length);
    out.writeBytes(utf8);
    return this;
  }

  PickleWriter number(long value) {
    raw(0x8a, 8);
    out.writeBytes(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array());
    return this;
  }

  PickleWriter global(String module, String name) {
    return raw("c" + module + "\n" + name + "\n");
  }

  PickleWriter tuple(long... values) {
    raw('(');
    for (long value : values) {
      number(value);
    }
    return raw('t');
  }

  PickleWriter storage(String storageClass, String key, long count) {
    raw('(').text("storage").global("torch", storageClass).text(key).text("cpu").number(count);
    return raw('t', 'Q');
  }

  /** A tensor by _rebuild_tensor_v2. */
  PickleWriter tensor(String storageClass, String key, long count, long offset, long[] shape,
      long[] strides) {
    global("torch._utils", "_rebuild_tensor_v2").raw('(').storage(storageClass, key, count);
    number(offset).tuple(shape).tuple(strides).raw(0x89).global("collections", "OrderedDict");
    return raw(')', 'R', 't', 'R');
  }

  byte[] stop() {
    raw('.');
    return out.toByteArray();
  }

  /** {"w": a float tensor of two elements, in storage "0"; then what {@code more} adds}. */
  static PickleWriter openDictWithWeights() {
    return new PickleWriter().raw("}(").text("w").tensor("FloatStorage", "0", 2, 0, new long[] {2},
        new long[] {1});
  }
}
