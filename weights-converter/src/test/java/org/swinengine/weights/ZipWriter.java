package org.swinengine.weights;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;

/**
 * Writes zip archives as torch.save does: stored entries, sizes behind the data. Can lie where a test wants
 * it to.
 */
final class ZipWriter {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final List<byte[]> central = new ArrayList<>();
  int flags = 0x0808;
  int method = 0;
  String localName;
  long centralSize = -1;
  long centralOffset = -1;
  int entryCountLie;
  byte[] comment = new byte[0];
  boolean zip64;

  /** A checkpoint with a pickle and the storages "0", "1", … */
  static byte[] checkpoint(byte[] pickle, byte[]... storages) {
    ZipWriter zip = new ZipWriter().entry("w/data.pkl", pickle);
    for (int i = 0; i < storages.length; i++) {
      zip.entry("w/data/" + i, storages[i]);
    }
    return zip.finish();
  }

  static byte[] floats(float... values) {
    return ArrayData.ofFloats(new long[] {values.length}, values).rawLittleEndian();
  }

  ZipWriter entry(String name, byte[] data) {
    byte[] centralName = name.getBytes(StandardCharsets.UTF_8);
    byte[] local = localName == null ? centralName : localName.getBytes(StandardCharsets.UTF_8);
    CRC32 crc = new CRC32();
    crc.update(data);
    int offset = out.size();
    out.writeBytes(buffer(30).putInt(0x04034b50).putShort((short) 0).putShort((short) flags)
        .putShort((short) method).putLong(0).putLong(0).putShort(26, (short) local.length).array());
    out.writeBytes(local);
    out.writeBytes(data);
    out.writeBytes(buffer(16).putInt(0x08074b50).putInt((int) crc.getValue()).putInt(data.length)
        .putInt(data.length).array());
    long size = centralSize >= 0 ? centralSize : data.length;
    long at = centralOffset >= 0 ? centralOffset : offset;
    ByteBuffer header = buffer(46 + centralName.length + (zip64 ? 28 : 0)).putInt(0x02014b50).putInt(0)
        .putShort((short) flags).putShort((short) method).putInt(0).putInt((int) crc.getValue())
        .putInt(zip64 ? -1 : (int) size).putInt(zip64 ? -1 : (int) size).putShort((short) centralName.length)
        .putShort((short) (zip64 ? 28 : 0)).putShort((short) 0).putShort((short) 0).putShort((short) 0)
        .putInt(0)
        .putInt(zip64 ? -1 : (int) at).put(centralName);
    if (zip64) {
      header.putShort((short) 1).putShort((short) 24).putLong(size).putLong(size).putLong(at);
    }
    central.add(header.array());
    return this;
  }

  byte[] finish() {
    int start = out.size();
    central.forEach(out::writeBytes);
    int size = out.size() - start;
    int count = central.size() + entryCountLie;
    int end64 = out.size();
    if (zip64) {
      out.writeBytes(
          buffer(56).putInt(0x06064b50).putLong(44).putShort((short) 45).putShort((short) 45).putInt(0)
              .putInt(0).putLong(count).putLong(count).putLong(size).putLong(start).array());
      out.writeBytes(buffer(20).putInt(0x07064b50).putInt(0).putLong(end64).putInt(1).array());
    }
    out.writeBytes(buffer(22).putInt(0x06054b50).putInt(0).putShort((short) (zip64 ? -1 : count))
        .putShort((short) (zip64 ? -1 : count)).putInt(zip64 ? -1 : size).putInt(zip64 ? -1 : start)
        .putShort((short) comment.length).array());
    out.writeBytes(comment);
    return out.toByteArray();
  }

  private static ByteBuffer buffer(int length) {
    return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
  }
}
