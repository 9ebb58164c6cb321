package org.swinengine.data;

/**
 * Decodes portable anymaps: PBM, PGM and PPM, plain (P1 to P3) and raw (P4 to P6), as Pillow does it: samples of
 * another maximum than 255 are scaled to it and rounded. 16-bit grey keeps its upper byte, see {@link ImageDecoder}.
 */
final class PnmDecoder {
  private final byte[] file;
  private final int kind;
  private final int channels;
  private int at = 2;

  private PnmDecoder(byte[] file) {
    this.file = file;
    kind = file[1] - '0';
    channels = kind % 3 == 0 ? 3 : 1;
  }

  static boolean isOne(byte[] file) {
    return file.length > 2 && file[0] == 'P' && file[1] >= '1' && file[1] <= '6' && isSpaceOrComment(file[2]);
  }

  /**
   * Decodes a file that {@link #isOne}.
   *
   * @param limit pixels that a picture may have
   */
  static RawImage decode(byte[] file, long limit) throws UnreadableImageException {
    return new PnmDecoder(file).decode(limit);
  }

  private RawImage decode(long limit) throws UnreadableImageException {
    int width = number();
    int height = number();
    boolean bits = kind == 1 || kind == 4;
    int maximum = bits ? 1 : number();
    if (width == 0 || height == 0 || maximum == 0 || maximum > 65535) {
      throw new UnreadableImageException(
          "states a size of " + width + "x" + height + " pixels and samples up to " + maximum);
    }
    if ((long) height * width > limit) {
      throw new UnreadableImageException(
          "states a size of " + width + "x" + height + " pixels, more than the limit of " + limit);
    }
    long samples = (long) height * width * channels;
    long needed = kind == 4 ? (long) height * ((width + 7) / 8) : samples * (kind > 3 && maximum > 255 ? 2 : 1);
    // A raw file has one white space before its samples, a plain one skips any.
    at += kind > 3 ? 1 : 0;
    if (file.length - at < needed || samples > Integer.MAX_VALUE - 8) {
      throw new UnreadableImageException("is cut off");
    }
    byte[] pixels = new byte[(int) samples];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = kind == 4 ? bit(i / width, i % width, width) : sample(maximum);
    }
    return new RawImage(height, width, channels, pixels);
  }

  /** Ones are black. */
  private byte bit(int y, int x, int width) {
    int packed = file[at + y * ((width + 7) / 8) + x / 8];
    return (byte) ((packed >> 7 - x % 8 & 1) == 1 ? 0 : 255);
  }

  private byte sample(int maximum) throws UnreadableImageException {
    int value;
    if (kind == 1) {
      skipSpace();
      value = next() == '1' ? 0 : 1;
    } else if (kind < 4) {
      value = number();
    } else {
      value = next();
      value = maximum > 255 ? value << 8 | next() : value;
    }
    if (maximum == 255) {
      return (byte) Math.min(value, 255);
    }
    double share = (double) value / maximum;
    boolean wideGrey = channels == 1 && maximum > 255;
    return (byte) (wideGrey
        ? (int) Math.min(65535, Math.rint(share * 65535)) >> 8
        : (int) Math.min(255, Math.rint(share * 255)));
  }

  private int next() throws UnreadableImageException {
    if (at >= file.length) {
      throw new UnreadableImageException("is cut off");
    }
    return file[at++] & 255;
  }

  private int number() throws UnreadableImageException {
    skipSpace();
    int value = 0;
    int digits = 0;
    while (at < file.length && file[at] >= '0' && file[at] <= '9' && digits < 9) {
      value = 10 * value + file[at++] - '0';
      digits++;
    }
    if (digits == 0) {
      throw new UnreadableImageException("is damaged or cut off (a number was expected at byte " + at + ")");
    }
    return value;
  }

  private void skipSpace() {
    while (at < file.length && isSpaceOrComment(file[at])) {
      if (file[at++] == '#') {
        while (at < file.length && file[at] != '\n' && file[at] != '\r') {
          at++;
        }
      }
    }
  }

  private static boolean isSpaceOrComment(byte value) {
    return value == ' ' || value >= 9 && value <= 13 || value == '#';
  }
}
