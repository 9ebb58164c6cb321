package org.swinengine.data;

/** The tags of a TIFF file's first picture. */
final class TiffTags {
  static final int BITS = 258;
  static final int COMPRESSION = 259;
  static final int ORIENTATION = 274;
  static final int SAMPLES = 277;

  private static final int SHORT = 3;

  private final byte[] file;
  private final boolean little;
  private final boolean isTiff;
  private final boolean big;

  TiffTags(byte[] file) {
    this.file = file;
    little = file.length > 0 && file[0] == 'I';
    boolean marked = file.length >= 16 && file[0] == file[1] && (file[0] == 'I' || file[0] == 'M');
    big = marked && bytes(2, 2) == 43;
    isTiff = big || marked && bytes(2, 2) == 42;
  }

  boolean isTiff() {
    return isTiff;
  }

  /** The first of a tag's short numbers; another number where there is no such tag. */
  int number(int tag, int otherwise) {
    if (!isTiff) {
      return otherwise;
    }
    long at = big ? bytes(8, 8) : bytes(4, 4);
    long entries = bytes(at, big ? 8 : 2);
    int size = big ? 20 : 12;
    at += big ? 8 : 2;
    for (long i = 0; i < Math.min(entries, file.length / size); i++, at += size) {
      if (bytes(at, 2) == tag && bytes(at + 2, 2) == SHORT) {
        long count = bytes(at + 4, big ? 8 : 4);
        long value = at + (big ? 12 : 8);
        boolean elsewhere = count > (big ? 4 : 2);
        return (int) bytes(elsewhere ? bytes(value, big ? 8 : 4) : value, 2);
      }
    }
    return otherwise;
  }

  /** A number of some bytes; 0 where the file ends before. */
  private long bytes(long at, int count) {
    if (at < 0 || at > file.length - count) {
      return 0;
    }
    long value = 0;
    for (int i = 0; i < count; i++) {
      value = value << 8 | file[(int) at + (little ? count - 1 - i : i)] & 255;
    }
    return value;
  }
}
