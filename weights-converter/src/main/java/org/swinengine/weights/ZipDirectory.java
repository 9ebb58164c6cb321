package org.swinengine.weights;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The directory of a zip archive: where the data of each entry lies in the file. java.util.zip does not tell
 * that (tensors are read from the middle of the file), and its stream cannot read what PyTorch writes: stored
 * entries whose sizes stand behind the data.
 *
 * <p>Two programs may see different contents in one crafted archive, so everything that is said twice must
 * agree: central and local headers, counts and sizes. Entries may not overlap, names may not repeat, the
 * first entry stands at the very beginning of the file and the directory at its very end.
 */
final class ZipDirectory {
  static final int STORED = 0;
  static final int DEFLATED = 8;

  private static final int LOCAL_HEADER = 0x04034b50;
  private static final int CENTRAL_HEADER = 0x02014b50;
  private static final int END = 0x06054b50;
  private static final int END_64 = 0x06064b50;
  private static final int END_64_LOCATOR = 0x07064b50;
  private static final int END_BYTES = 22;
  private static final int LOCATOR_BYTES = 20;
  private static final int END_64_BYTES = 56;
  private static final int CENTRAL_BYTES = 46;
  private static final int LOCAL_BYTES = 30;
  private static final long IN_EXTRA_FIELD = 0xffffffffL;
  private static final int MAX_DIRECTORY_BYTES = 64 << 20;
  private static final int MAX_ENTRIES = 250_000;
  private static final int FLAG_ENCRYPTED = 1;
  private static final int FLAG_DATA_DESCRIPTOR = 8;

  /** One entry; {@code dataOffset} counts from the beginning of the file. */
  record Entry(String name, int method, long compressedSize, long size, long dataOffset) {}

  private record End(long entries, long directorySize, long directoryOffset, long position) {}

  private record Central(
      byte[] rawName, String name, int flags, int method, long compressedSize, long size,
      long headerOffset) {}

  private final WeightFile file;
  private final Map<String, Entry> entries = new LinkedHashMap<>();

  private ZipDirectory(WeightFile file) {
    this.file = file;
  }

  static ZipDirectory read(WeightFile file) {
    ZipDirectory directory = new ZipDirectory(file);
    try (FileChannel channel = file.open()) {
      directory.read(channel);
    } catch (EOFException e) {
      throw WeightFileException.in(file.path(), "a header of the zip archive points beyond the end of the "
          + "file; it may be an incomplete download or copy, get it again.", e);
    } catch (IOException e) {
      throw WeightFile.unreadable(file.path(), e);
    }
    return directory;
  }

  /** The entries in the order of the central directory, folders left out. */
  Map<String, Entry> entries() {
    return Collections.unmodifiableMap(entries);
  }

  private void read(FileChannel channel) throws IOException {
    End end = findEnd(channel);
    if (end.entries > MAX_ENTRIES || end.directorySize > MAX_DIRECTORY_BYTES) {
      throw damaged("its directory is said to have " + Long.toUnsignedString(end.entries) + " entries in "
          + Long.toUnsignedString(end.directorySize) + " bytes, more than any weight file needs");
    }
    if (end.directoryOffset < 0 || end.directorySize < 0
        || end.directoryOffset != end.position - end.directorySize) {
      throw damaged("its directory is not where the end of the archive says it is");
    }
    List<Central> centrals = readCentral(file.read(channel, end.directoryOffset, (int) end.directorySize),
        end);
    centrals.sort(Comparator.comparingLong(Central::headerOffset));
    Map<String, Entry> byName = new LinkedHashMap<>();
    long free = 0;
    for (Central central : centrals) {
      if (central.headerOffset < free || free == 0 && central.headerOffset != 0) {
        throw damaged(free == 0 ? "something stands before its first entry"
            : "entry " + Text.quote(central.name) + " overlaps the one before it");
      }
      Entry entry = readLocal(channel, central, end.directoryOffset);
      free = entry.dataOffset + entry.compressedSize;
      byName.put(entry.name, entry);
    }
    entries.replaceAll((name, unplaced) -> byName.get(name));
    entries.keySet().removeIf(name -> name.endsWith("/"));
  }

  private End findEnd(FileChannel channel) throws IOException {
    int tailLength = (int) Math.min(file.size(), END_BYTES + 0xffff);
    long tailStart = file.size() - tailLength;
    byte[] bytes = file.read(channel, tailStart, tailLength);
    ByteBuffer tail = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int found = -1;
    for (int i = tailLength - END_BYTES; i >= 0; i--) {
      if (tail.getInt(i) == END && i + END_BYTES + u16(tail, i + 20) == tailLength) {
        if (found >= 0) {
          throw damaged("it has two ends, so that two programs could see different contents");
        }
        found = i;
      }
    }
    if (found < 0) {
      throw WeightFileException.in(file.path(), "the zip archive has no end; it is probably an incomplete "
          + "download or copy, get it again.");
    }
    if (tail.getShort(found + 4) != 0 || tail.getShort(found + 6) != 0
        || tail.getShort(found + 8) != tail.getShort(found + 10)) {
      throw damaged("it is one part of an archive of several files");
    }
    End end = new End(u16(tail, found + 10), u32(tail, found + 12), u32(tail, found + 16), tailStart + found);
    return end.position < LOCATOR_BYTES ? end : withZip64(channel, end);
  }

  /**
   * Archives beyond 4 GiB have a second end with 64-bit numbers, found through a locator before the first
   * one.
   */
  private End withZip64(FileChannel channel, End end) throws IOException {
    long locatorOffset = end.position - LOCATOR_BYTES;
    ByteBuffer locator = buffer(file.read(channel, locatorOffset, LOCATOR_BYTES));
    if (locator.getInt(0) != END_64_LOCATOR) {
      return end;
    }
    long position = locator.getLong(8);
    ByteBuffer end64 = buffer(file.read(channel, position, END_64_BYTES));
    if (end64.getInt(0) != END_64 || locator.getInt(4) != 0 || end64.getInt(16) != 0 || end64.getInt(20) != 0
        || position + 12 + end64.getLong(4) != locatorOffset || end64.getLong(24) != end64.getLong(32)) {
      throw damaged("its zip64 end is inconsistent");
    }
    End large = new End(end64.getLong(32), end64.getLong(40), end64.getLong(48), position);
    if (large.entries < 0 || large.directorySize < 0
        || end.entries != 0xffff && end.entries != large.entries
        || end.directorySize != IN_EXTRA_FIELD && end.directorySize != large.directorySize
        || end.directoryOffset != IN_EXTRA_FIELD && end.directoryOffset != large.directoryOffset) {
      throw damaged("its two ends, the zip64 one and the plain one, contradict each other");
    }
    return large;
  }

  private List<Central> readCentral(byte[] bytes, End end) {
    ByteBuffer in = buffer(bytes);
    List<Central> centrals = new ArrayList<>();
    int position = 0;
    while (position < bytes.length) {
      if (bytes.length - position < CENTRAL_BYTES || in.getInt(position) != CENTRAL_HEADER) {
        throw damaged("its directory is broken at entry " + (centrals.size() + 1));
      }
      int nameLength = u16(in, position + 28);
      int extraLength = u16(in, position + 30);
      int next = position + CENTRAL_BYTES + nameLength + extraLength + u16(in, position + 32);
      if (next > bytes.length) {
        throw damaged("its directory is broken at entry " + (centrals.size() + 1));
      }
      byte[] rawName = Arrays.copyOfRange(bytes, position + CENTRAL_BYTES, position + CENTRAL_BYTES
          + nameLength);
      String name = decodeName(rawName);
      int extra = position + CENTRAL_BYTES + nameLength;
      long[] sizes = {u32(in, position + 24), u32(in, position + 20), u32(in, position + 42)};
      resolveZip64(in, extra, extra + extraLength, sizes, name);
      centrals.add(new Central(rawName, name, u16(in, position + 8), u16(in, position
          + 10), sizes[1], sizes[0],
          sizes[2]));
      if (entries.put(name, new Entry(name, 0, 0, 0, 0)) != null) {
        throw damaged("it has two entries named " + Text.quote(name));
      }
      position = next;
    }
    if (centrals.size() != end.entries) {
      throw damaged("its directory has " + centrals.size() + " entries instead of " + end.entries);
    }
    return centrals;
  }

  private String decodeName(byte[] raw) {
    String name = Text.strictUtf8(raw, 0, raw.length);
    if (name == null) {
      name = new String(raw, StandardCharsets.ISO_8859_1);
    }
    if (name.startsWith("/") || name.indexOf('\\') >= 0 || name.indexOf('\0') >= 0
        || Arrays.asList(name.split("/")).contains("..")) {
      throw damaged("the entry name " + Text.quote(name) + " is not one that PyTorch or NumPy would write");
    }
    return name;
  }

  /**
   * Replaces each number that is 0xffffffff by the next one of the zip64 extra field, which must be there.
   */
  private void resolveZip64(ByteBuffer in, int from, int to, long[] numbers, String name) {
    if (Arrays.stream(numbers).noneMatch(number -> number == IN_EXTRA_FIELD)) {
      return;
    }
    int position = from;
    while (position + 4 <= to) {
      int length = u16(in, position + 2);
      int value = position + 4;
      int valueEnd = value + length;
      if (valueEnd > to) {
        break;
      }
      if (u16(in, position) == 1) {
        for (int i = 0; i < numbers.length; i++) {
          if (numbers[i] == IN_EXTRA_FIELD) {
            if (value + 8 > valueEnd || in.getLong(value) < 0) {
              throw damaged("the zip64 sizes of entry " + Text.quote(name) + " are broken");
            }
            numbers[i] = in.getLong(value);
            value += 8;
          }
        }
        return;
      }
      position = valueEnd;
    }
    throw damaged("the zip64 sizes of entry " + Text.quote(name) + " are missing");
  }

  private Entry readLocal(FileChannel channel, Central central, long directoryOffset) throws IOException {
    String quoted = "entry " + Text.quote(central.name);
    if ((central.flags & FLAG_ENCRYPTED) != 0) {
      throw damaged(quoted + " is encrypted, which weight files never are");
    }
    if (central.headerOffset > directoryOffset - LOCAL_BYTES - central.rawName.length) {
      throw damaged(quoted + " lies beyond the directory");
    }
    byte[] bytes = file.read(channel, central.headerOffset, LOCAL_BYTES + central.rawName.length);
    ByteBuffer in = buffer(bytes);
    if (in.getInt(0) != LOCAL_HEADER) {
      throw damaged(quoted + " has no local header");
    }
    int flags = u16(in, 6);
    int extraLength = u16(in, 28);
    long dataOffset = central.headerOffset + LOCAL_BYTES + central.rawName.length + extraLength;
    if (u16(in, 8) != central.method || flags != central.flags || u16(in, 26) != central.rawName.length
        || !Arrays.equals(bytes, LOCAL_BYTES, bytes.length, central.rawName, 0, central.rawName.length)) {
      throw damaged(quoted + " has a local header that contradicts the directory");
    }
    long[] sizes = {u32(in, 22), u32(in, 18)};
    if (dataOffset > directoryOffset || central.compressedSize > directoryOffset - dataOffset) {
      throw damaged(quoted + " reaches beyond the directory");
    }
    byte[] extra = file.read(channel, dataOffset - extraLength, extraLength);
    resolveZip64(buffer(extra), 0, extraLength, sizes, central.name);
    // A streaming writer knows the sizes only after the data: then zeros stand here.
    boolean later = (flags & FLAG_DATA_DESCRIPTOR) != 0 && sizes[0] == 0 && sizes[1] == 0;
    if (!later && (sizes[0] != central.size || sizes[1] != central.compressedSize)) {
      throw damaged(quoted + " has a local header that contradicts the sizes of the directory");
    }
    if (central.method != STORED && central.method != DEFLATED) {
      throw damaged(quoted + " is compressed by method " + central.method
          + ", which weight files do not use");
    }
    if (central.method == STORED && central.size != central.compressedSize) {
      throw damaged(quoted + " is stored, but its two sizes differ");
    }
    return new Entry(central.name, central.method, central.compressedSize, central.size, dataOffset);
  }

  private static ByteBuffer buffer(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static int u16(ByteBuffer in, int position) {
    return in.getShort(position) & 0xffff;
  }

  private static long u32(ByteBuffer in, int position) {
    return in.getInt(position) & 0xffffffffL;
  }

  private WeightFileException damaged(String reason) {
    return WeightFileException.in(file.path(), "the zip archive is not a sound one: " + reason
        + ". It is damaged or made to deceive; get it again from where it came.");
  }
}
