package org.swinengine.weights;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import java.util.zip.CheckedOutputStream;

/**
 * The safetensors format: a 64-bit little-endian header length, a JSON header, and the tensors one after the
 * other. Reading is as strict as the reference implementation; writing gives the same bytes for the same
 * contents.
 */
public final class Safetensors {
  private static final JsonFactory JSON = new JsonFactory();

  private Safetensors() {}

  /** @throws WeightFileException when the file cannot be read or breaks a rule of the format */
  public static StateDict read(Path path) {
    WeightFile file = WeightFile.of(path);
    FileKind kind = FileKind.of(file);
    if (kind != FileKind.UNKNOWN) {
      // What is not recognised goes on: the checks below say more precisely what is wrong with the header.
      kind.require(FileKind.SAFETENSORS, file, "safetensors file");
    }
    long dataStart;
    SafetensorsHeader header;
    try (FileChannel channel = file.open()) {
      if (file.size() < 8) {
        throw WeightFileException.in(path, "a safetensors file has at least 8 bytes, this one has "
            + file.size()
            + "; it may be an incomplete download or copy, get it again.");
      }
      long length = ByteBuffer.wrap(file.read(channel, 0, 8)).order(ByteOrder.LITTLE_ENDIAN).getLong();
      if (length < 0 || length > SafetensorsHeader.MAX_BYTES || length > file.size() - 8) {
        throw WeightFileException.in(path, "this is no valid safetensors file: the header is said to have "
            + Long.toUnsignedString(length) + " bytes, but the file has " + file.size()
            + " and a header may have "
            + SafetensorsHeader.MAX_BYTES + ". Get or write the file again.");
      }
      dataStart = 8 + length;
      InputStream json = new FirstBytes(Channels.newInputStream(channel.position(8)), length);
      header = SafetensorsHeader.parse(path, json, file.size() - dataStart);
    } catch (IOException e) {
      throw WeightFile.unreadable(path, e);
    }
    Map<String, String> metadata = header.metadata();
    String sums = metadata.remove(Checksums.KEY);
    Checksums checksums = sums == null ? null : Checksums.parse(path, sums);
    if (checksums != null) {
      requireHeader(path, header, checksums);
    }
    StateDict.Builder dict = StateDict.builder().metadata(metadata);
    List<SafetensorsHeader.Entry> entries = header.entries();
    for (int i = 0; i < entries.size(); i++) {
      SafetensorsHeader.Entry entry = entries.get(i);
      // Each is given up for its array: a hostile header may have a million.
      entries.set(i, null);
      if (dict.contains(entry.name())) {
        throw header.duplicate("the header", entry.name());
      }
      ByteSource source = file.region(dataStart + entry.begin(), entry.end() - entry.begin());
      Object label = header.label(entry.name());
      String expected = checksums == null ? null : checksums.arrays().get(entry.name());
      dict.put(entry.name(), new ArrayData(label, entry.type(), entry.shape(),
          expected == null ? source : new Checksums.Checked(source, label, expected),
          ArrayData.Layout.PLAIN));
    }
    return dict.build();
  }

  /** A stream that ends after some bytes of another. */
  private static final class FirstBytes extends FilterInputStream {
    private long left;

    private FirstBytes(InputStream in, long bytes) {
      super(in);
      left = bytes;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      int n = left == 0 ? -1 : super.read(target, offset, (int) Math.min(length, left));
      left -= Math.max(n, 0);
      return n;
    }
  }

  /**
   * Writes arrays and metadata; {@link StateDict#extras()} have no place in the format and are left out. The
   * tensors are ordered by element size, largest first, then by name, so that each is aligned. One tensor at
   * a time passes through a small buffer. The target is replaced only when the new file is complete and on
   * the disk.
   *
   * @throws WeightFileException when the file cannot be written; an old file of that name is then as it was
   */
  public static void write(Path target, StateDict dict) {
    List<Map.Entry<String, ArrayData>> sorted = sorted(dict);
    byte[] header = header(target, sorted, dict.metadata());
    AtomicFile.write(target, out -> {
      out.write(header);
      for (Map.Entry<String, ArrayData> entry : sorted) {
        entry.getValue().writeLittleEndian(out);
      }
    });
  }

  /**
   * The same, with a checksum of each array in the metadata. {@link #read} does not show them, but holds
   * arrays to them.
   *
   * @throws WeightFileException when the file cannot be written; an old file of that name is then as it was
   */
  public static void writeChecked(Path target, StateDict dict) {
    List<Map.Entry<String, ArrayData>> sorted = sorted(dict);
    Map<String, String> described = new TreeMap<>();
    sorted.forEach(
        entry -> described.put(entry.getKey(),
            Checksums.describe(entry.getValue().type(), entry.getValue().shape())));
    Checksums none = Checksums.placeholder(dict.names());
    AtomicFile.writeChannel(target, channel -> {
      // Arrays may come from a device, piece by piece: their sums are known when they have been written.
      OutputStream out = Channels.newOutputStream(channel);
      out.write(header(target, sorted, with(dict.metadata(), none)));
      Map<String, String> sums = new TreeMap<>();
      for (Map.Entry<String, ArrayData> entry : sorted) {
        CRC32C sum = new CRC32C();
        entry.getValue().writeLittleEndian(new CheckedOutputStream(out, sum));
        sums.put(entry.getKey(), Checksums.hex(sum));
      }
      Checksums real = new Checksums(Checksums.header(dict.metadata(), described), sums);
      ByteBuffer header = ByteBuffer.wrap(header(target, sorted, with(dict.metadata(), real)));
      channel.position(0);
      while (header.hasRemaining()) {
        channel.write(header);
      }
    });
  }

  private static Map<String, String> with(Map<String, String> metadata, Checksums sums) {
    Map<String, String> all = new TreeMap<>(metadata);
    all.put(Checksums.KEY, sums.toJson());
    return all;
  }

  private static void requireHeader(Path path, SafetensorsHeader header, Checksums checksums) {
    Map<String, String> described = new TreeMap<>();
    header.entries()
        .forEach(entry -> described.put(entry.name(), Checksums.describe(entry.type(), entry.shape())));
    if (!checksums.arrays().keySet().equals(described.keySet())) {
      throw WeightFileException.in(path, "its checksums are not those of its arrays, by their names: the"
          + " header is damaged. Get it again or take an earlier one; if another program has changed it,"
          + " remove \"" + Checksums.KEY + "\" from its metadata.");
    }
    String found = Checksums.header(header.metadata(), described);
    if (!found.equals(checksums.header())) {
      throw WeightFileException.in(path, "its header is not the one that was written (checksum " + found
          + " instead of " + Text.quote(checksums.header())
          + "): names, shapes or metadata are damaged. Get it again or take an earlier one; if another"
          + " program has changed it, remove \"" + Checksums.KEY
          + "\" from its metadata.");
    }
  }

  private static List<Map.Entry<String, ArrayData>> sorted(StateDict dict) {
    List<Map.Entry<String, ArrayData>> sorted = new ArrayList<>(dict.arrays().entrySet());
    sorted.sort(Comparator
        .comparingInt((Map.Entry<String, ArrayData> entry) -> -entry.getValue().type().byteSize())
        .thenComparing(Map.Entry::getKey));
    return sorted;
  }

  /** Header length and header, padded with spaces so that the data begins at a multiple of 8. */
  private static byte[] header(
      Path target, List<Map.Entry<String, ArrayData>> sorted, Map<String, String> metadata) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.writeBytes(new byte[8]);
    try (JsonGenerator json = JSON.createGenerator(bytes)) {
      json.writeStartObject();
      if (!metadata.isEmpty()) {
        json.writeObjectFieldStart(SafetensorsHeader.METADATA);
        for (Map.Entry<String, String> entry : new TreeMap<>(metadata).entrySet()) {
          requireText(target, entry.getKey());
          requireText(target, entry.getValue());
          json.writeStringField(entry.getKey(), entry.getValue());
        }
        json.writeEndObject();
      }
      long begin = 0;
      for (Map.Entry<String, ArrayData> entry : sorted) {
        requireText(target, entry.getKey());
        begin = writeEntry(target, json, entry.getKey(), entry.getValue(), begin);
      }
      json.writeEndObject();
    } catch (IOException e) {
      throw WeightFileException.in(target, "the header cannot be written (" + e.getMessage() + ").", e);
    }
    while (bytes.size() % 8 != 0) {
      bytes.write(' ');
    }
    int length = bytes.size() - 8;
    if (length > SafetensorsHeader.MAX_BYTES) {
      throw WeightFileException.in(target, "names and metadata take " + length + " bytes, more than the "
          + SafetensorsHeader.MAX_BYTES + " of a safetensors header; shorten the metadata.");
    }
    byte[] header = bytes.toByteArray();
    ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN).putLong(0, length);
    return header;
  }

  private static long writeEntry(Path target, JsonGenerator json, String name, ArrayData array, long begin)
      throws IOException {
    if (name.equals(SafetensorsHeader.METADATA)) {
      throw WeightFileException.in(target, "\"" + name + "\" cannot be the name of a tensor: the format uses "
          + "it for the metadata. Rename the tensor.");
    }
    String dtype = array.type().safetensorsName().orElseThrow(() -> WeightFileException.in(target,
        "tensor " + Text.quote(name) + " has the element type " + array.type()
            + ", which safetensors does not have; convert it first."));
    long end = Math.addExact(begin, array.byteCount());
    json.writeObjectFieldStart(name);
    json.writeStringField("dtype", dtype);
    json.writeArrayFieldStart("shape");
    for (long length : array.shape()) {
      json.writeNumber(length);
    }
    json.writeEndArray();
    json.writeArrayFieldStart("data_offsets");
    json.writeNumber(begin);
    json.writeNumber(end);
    json.writeEndArray();
    json.writeEndObject();
    return end;
  }

  private static void requireText(Path target, String text) {
    if (!Text.isWellFormed(text)) {
      throw WeightFileException.in(target,
          "the name or text " + Text.quote(text) + " is no valid Unicode and cannot be written; rename it.");
    }
  }
}
