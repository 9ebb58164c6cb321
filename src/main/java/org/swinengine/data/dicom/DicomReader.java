package org.swinengine.data.dicom;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Reads the elements of a DICOM file up to its pixels (PS3.5, section 7; PS3.10). No length that the file
 * states is believed: what an element is said to have must be there, and elements are ranges of the file's
 * own bytes.
 */
final class DicomReader {
  static final int PIXEL_DATA = 0x7FE00010;

  private static final int ITEM = 0xFFFEE000;
  private static final int END_OF_ITEM = 0xFFFEE00D;
  private static final int END_OF_SEQUENCE = 0xFFFEE0DD;
  private static final int SYNTAX = 0x00020010;
  private static final long UNDEFINED = 0xFFFFFFFFL;
  private static final int PREAMBLE = 128;
  private static final int DEEPEST = 32;

  /** Deflate's limit. */
  private static final long HIGHEST_RATIO = 1040;

  /** Representations whose length takes four bytes after two that mean nothing. */
  private static final Set<String> LONG =
      Set.of("OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV");

  private final byte[] bytes;
  private boolean explicit;
  private boolean bigEndian;
  private int at;

  /**
   * What was read.
   *
   * @param set the data set without the file's own meta elements
   * @param syntax how it was written
   */
  record Read(DicomSet set, TransferSyntax syntax) {}

  private DicomReader(byte[] bytes, int at, boolean explicit, boolean bigEndian) {
    this.bytes = bytes;
    this.at = at;
    this.explicit = explicit;
    this.bigEndian = bigEndian;
  }

  /** Whether these are a DICOM file's bytes: with its preamble, or beginning with an early element. */
  static boolean isDicom(byte[] file) {
    if (file.length >= PREAMBLE + 4 && file[PREAMBLE] == 'D' && file[PREAMBLE + 1] == 'I'
        && file[PREAMBLE + 2] == 'C' && file[PREAMBLE + 3] == 'M') {
      return true;
    }
    boolean group = file.length > 16 && (file[0] == 2 || file[0] == 8) && file[1] == 0;
    return group && file[3] == 0 && (file[2] & 255) <= 0x18 && (plainLength(file) || isVr(file, 4));
  }

  private static boolean plainLength(byte[] file) {
    return file[5] == 0 && file[6] == 0 && file[7] == 0 && (file[4] & 255) <= 64 && file[4] > 0;
  }

  private static boolean isVr(byte[] file, int at) {
    return file[at] >= 'A' && file[at] <= 'Z' && file[at + 1] >= 'A' && file[at + 1] <= 'Z';
  }

  /**
   * Reads a file.
   *
   * @param most bytes that a deflated file may have
   */
  static Read read(byte[] file, long most) throws DicomException {
    int start = file[0] == 2 || file[0] == 8 ? 0 : PREAMBLE + 4;
    if (start == 0 && file.length > PREAMBLE + 4 && file[PREAMBLE] == 'D' && file[PREAMBLE + 1] == 'I'
        && file[PREAMBLE + 2] == 'C' && file[PREAMBLE + 3] == 'M') {
      start = PREAMBLE + 4;
    }
    // The meta elements of group 2 are always explicit and little-endian.
    DicomReader meta = new DicomReader(file, start, true, false);
    DicomSet about = new DicomSet();
    while (meta.at + 8 <= file.length && meta.unsigned16(meta.at) == 2) {
      meta.element(about, 0);
    }
    String uid = about.text(SYNTAX, "");
    boolean guessed = uid.isEmpty();
    boolean explicit = guessed && file.length > meta.at + 6 && isVr(file, meta.at + 4);
    TransferSyntax syntax =
        guessed ? explicit ? TransferSyntax.EXPLICIT_LITTLE : TransferSyntax.IMPLICIT_LITTLE
            : TransferSyntax.of(uid);
    byte[] rest = file;
    int from = meta.at;
    if (syntax == TransferSyntax.DEFLATED) {
      rest = inflate(file, meta.at, most);
      from = 0;
    }
    DicomReader reader = new DicomReader(rest, from, syntax.isExplicit(), syntax.isBigEndian());
    DicomSet set = new DicomSet();
    while (reader.at + 8 <= rest.length && set.get(PIXEL_DATA) == null) {
      reader.element(set, 0);
    }
    return new Read(set, syntax);
  }

  private static byte[] inflate(byte[] file, int from, long most) throws DicomException {
    long bound = Math.min(most, HIGHEST_RATIO * (file.length - from));
    Inflater inflater = new Inflater(true);
    try (InputStream in =
        new InflaterInputStream(new ByteArrayInputStream(file, from, file.length - from), inflater)) {
      // Grows with what is there.
      byte[] bytes = in.readNBytes((int) Math.min(Integer.MAX_VALUE - 16, bound));
      if (in.read() >= 0) {
        throw new DicomException("would grow to more than " + bound + " bytes when it is inflated");
      }
      return bytes;
    } catch (DicomException e) {
      throw e;
    } catch (IOException e) {
      throw new DicomException("is damaged or cut off (" + e.getMessage() + ")", e);
    } finally {
      inflater.end();
    }
  }

  private int unsigned16(int index) {
    int first = bytes[index] & 255;
    int second = bytes[index + 1] & 255;
    return bigEndian ? first << 8 | second : second << 8 | first;
  }

  private long unsigned32(int index) {
    long first = unsigned16(index);
    long second = unsigned16(index + 2);
    return bigEndian ? first << 16 | second : second << 16 | first;
  }

  private void require(long count, int tag) throws DicomException {
    if (count > bytes.length - at) {
      throw new DicomException(
          "is damaged or cut off: its element " + DicomException.tag(tag) + " states " + count
              + " bytes where " + (bytes.length - at) + " are left");
    }
  }

  private int tag() throws DicomException {
    require(8, 0);
    int tag = unsigned16(at) << 16 | unsigned16(at + 2);
    at += 4;
    return tag;
  }

  /** Reads an element; returns its tag. */
  private int element(DicomSet set, int depth) throws DicomException {
    int tag = tag();
    String vr = "";
    long length;
    boolean delimiter = tag >>> 16 == 0xFFFE;
    if (explicit && !delimiter) {
      vr = new String(bytes, at, 2, StandardCharsets.ISO_8859_1);
      if (LONG.contains(vr)) {
        require(8, tag);
        length = unsigned32(at + 4);
        at += 8;
      } else {
        length = unsigned16(at + 2);
        at += 4;
      }
    } else {
      length = unsigned32(at);
      at += 4;
    }
    if (tag == END_OF_ITEM || tag == END_OF_SEQUENCE) {
      return tag;
    }
    boolean undefined = length == UNDEFINED;
    if (tag == PIXEL_DATA && undefined) {
      List<int[]> fragments = fragments();
      set.put(tag, new DicomSet.Element(vr, bytes, at, 0, bigEndian, List.of(), fragments));
      return tag;
    }
    if (undefined || vr.equals("SQ")) {
      if (!undefined) {
        require(length, tag);
      }
      set.put(tag, sequence(tag, vr, undefined ? -1 : (int) length, depth));
      return tag;
    }
    if (tag == PIXEL_DATA && length > bytes.length - at) {
      // What is missing is told with the size of the picture.
      length = (long) bytes.length - at;
    }
    require(length, tag);
    set.put(tag, value(tag, vr, (int) length, depth));
    at += (int) length;
    return tag;
  }

  private DicomSet.Element value(int tag, String vr, int length, int depth) throws DicomException {
    boolean nested = length >= 8 && vr.isEmpty() && isItem(at);
    if (!nested) {
      return new DicomSet.Element(vr, bytes, at, length, bigEndian, List.of(), null);
    }
    // Without representations a sequence is known by its first item.
    int start = at;
    try {
      return sequence(tag, vr, length, depth);
    } finally {
      at = start;
    }
  }

  private boolean isItem(int index) {
    return unsigned16(index) == 0xFFFE && unsigned16(index + 2) == 0xE000;
  }

  /** @param length -1: up to its delimiter */
  private DicomSet.Element sequence(int tag, String vr, int length, int depth) throws DicomException {
    if (depth >= DEEPEST) {
      throw new DicomException("has sequences nested deeper than " + DEEPEST + " levels");
    }
    // An unknown representation of undefined length is written without representations (PS3.5, 6.2.2).
    boolean before = explicit;
    explicit = explicit && !vr.equals("UN");
    int start = at;
    int end = length < 0 ? bytes.length : at + length;
    List<DicomSet> items = new ArrayList<>();
    while (length < 0 || at < end) {
      int marker = tag();
      long size = unsigned32(at);
      at += 4;
      if (marker == END_OF_SEQUENCE) {
        break;
      }
      if (marker != ITEM) {
        throw new DicomException(
            "is damaged: its sequence " + DicomException.tag(tag) + " has "
                + DicomException.tag(marker) + " in place of an item");
      }
      items.add(item(tag, size, depth));
    }
    explicit = before;
    return new DicomSet.Element(vr, bytes, start, at - start, bigEndian, List.copyOf(items), null);
  }

  private DicomSet item(int tag, long size, int depth) throws DicomException {
    DicomSet item = new DicomSet();
    if (size == UNDEFINED) {
      int last;
      do {
        last = element(item, depth + 1);
      } while (last != END_OF_ITEM);
      return item;
    }
    require(size, tag);
    int end = at + (int) size;
    while (at < end) {
      element(item, depth + 1);
    }
    if (at != end) {
      throw new DicomException(
          "is damaged: an element reaches beyond its item of " + DicomException.tag(tag));
    }
    return item;
  }

  /** The fragments of compressed pixels; the first is the table of offsets. */
  private @Nullable List<int[]> fragments() throws DicomException {
    List<int[]> fragments = new ArrayList<>();
    while (at + 8 <= bytes.length) {
      int marker = tag();
      long size = unsigned32(at);
      at += 4;
      if (marker == END_OF_SEQUENCE) {
        return fragments;
      }
      if (marker != ITEM) {
        throw new DicomException("is damaged: its pixels have " + DicomException.tag(marker)
            + " in place of an item");
      }
      require(size, PIXEL_DATA);
      fragments.add(new int[] {at, (int) size});
      at += (int) size;
    }
    throw new DicomException("is cut off");
  }
}
