package org.swinengine.data;

/**
 * How the rows and columns of a TIFF file lie, which Pillow heeds when it loads one (and of no other format).
 *
 * @param code of the tag Orientation, 1 (as stored) to 8
 */
record TiffOrientation(int code) {
  private static final TiffOrientation AS_STORED = new TiffOrientation(1);

  /** The turn of each code; 0 is none. */
  private static final Turn[] TURNS =
      {Turn.NONE, Turn.NONE, Turn.MIRRORED, Turn.HALF, Turn.FLIPPED, Turn.TRANSPOSED, Turn.RIGHT,
        Turn.TRANSVERSED, Turn.LEFT};

  private static final int ORIENTATION = 274;
  private static final int SHORT = 3;
  private static final int LONG = 4;

  /** What the first picture's tags say; as stored where the file is no TIFF or says nothing. */
  static TiffOrientation of(byte[] file) {
    int code = tag(file);
    return code >= 2 && code <= 8 ? new TiffOrientation(code) : AS_STORED;
  }

  /** The tag's value as it stands there; −1 where the file is no TIFF or has no such tag. */
  static int tag(byte[] file) {
    if (file.length < 16 || file[0] != file[1] || (file[0] != 'I' && file[0] != 'M')) {
      return -1;
    }
    Reader in = new Reader(file, file[0] == 'I');
    boolean big = in.number(2, 2) == 43;
    if (!big && in.number(2, 2) != 42) {
      return -1;
    }
    long at = big ? in.number(8, 8) : in.number(4, 4);
    long entries = in.number(at, big ? 8 : 2);
    int size = big ? 20 : 12;
    at += big ? 8 : 2;
    for (long i = 0; i < Math.min(entries, file.length / size); i++, at += size) {
      long type = in.number(at + 2, 2);
      if (in.number(at, 2) == ORIENTATION && (type == SHORT || type == LONG)) {
        return (int) in.number(at + (big ? 12 : 8), type == SHORT ? 2 : 4);
      }
    }
    return -1;
  }

  /** What makes a stored picture upright. */
  Turn turn() {
    return TURNS[code];
  }

  /** Turns and mirrors a picture accordingly. */
  RawImage apply(RawImage stored) {
    return turn().image(stored);
  }

  private record Reader(byte[] file, boolean little) {
    /** A number of some bytes; 0 where the file ends before. */
    long number(long at, int bytes) {
      if (at < 0 || at > file.length - bytes) {
        return 0;
      }
      long value = 0;
      for (int i = 0; i < bytes; i++) {
        value = value << 8 | file[(int) at + (little ? bytes - 1 - i : i)] & 255;
      }
      return value;
    }
  }
}
