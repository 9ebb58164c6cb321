package org.swinengine.data.segmentation;

/**
 * The classes of pixels that may have several, as masks keep them: a bit for each class but the background,
 * the lowest that of class 1, in as many bytes of a pixel as that takes, the lowest first. Where all bits of
 * all bytes are set, the pixel counts nowhere; as a number that is −1.
 */
public final class ClassSets {
  /** Most classes beside the background. */
  public static final int MOST = 31;

  private ClassSets() {}

  /** Bytes of a pixel: 1, 3 or 5, as pictures have channels, with a bit more than there are classes. */
  public static int bytes(int classes) {
    return classes < 8 ? 1 : classes < 24 ? 3 : 5;
  }

  /** The set of a pixel; −1 where it counts nowhere. */
  public static int at(byte[] sets, int bytes, int pixel) {
    int set = 0;
    boolean counts = false;
    for (int b = 0; b < bytes; b++) {
      int part = sets[pixel * bytes + b] & 255;
      counts |= part != 255;
      set |= b < 4 ? part << 8 * b : 0;
    }
    return counts ? set : -1;
  }

  /** Stores the set of a pixel. */
  public static void put(byte[] sets, int bytes, int pixel, int set) {
    for (int b = 0; b < bytes; b++) {
      sets[pixel * bytes + b] = (byte) (b < 4 ? set >> 8 * b : set >> 31);
    }
  }
}
