package org.swinengine.data;

/**
 * How many bytes of pixels a file can be, by its compression: a picture that states more is refused before
 * anything is allocated for it.
 */
final class PictureBytes {
  /** Deflate's highest ratio; LZW's is that of a string of all codes; run lengths have 128 for two bytes. */
  private static final int DEFLATE = 1040;

  private static final int LZW = 2600;
  private static final int RUNS = 130;

  /** Headers, and what rows are filled up with. */
  private static final int SLACK = 1 << 16;

  private PictureBytes() {}

  /**
   * @param width in pixels, as the file states it
   * @param height in pixels
   * @throws UnreadableImageException if the file cannot be so many pixels
   */
  static void require(byte[] file, int width, int height) throws UnreadableImageException {
    long pixels = (long) width * height;
    if (pixels * bits(file) / 8 > (long) file.length * ratio(file) + SLACK) {
      throw new UnreadableImageException(
          "states a size of " + width + "x" + height + " pixels, more than a file of " + file.length
              + " bytes can be");
    }
  }

  private static boolean isPng(byte[] file) {
    return file.length > 33 && Bytes.big32(file, 0) == 0x89504E47L;
  }

  private static boolean isBmp(byte[] file) {
    return file.length > 33 && file[0] == 'B' && file[1] == 'M';
  }

  private static long ratio(byte[] file) {
    if (isPng(file)) {
      return DEFLATE;
    }
    if (isBmp(file)) {
      return RUNS;
    }
    TiffTags tiff = new TiffTags(file);
    // What is not listed, such as fax codes and JPEG, may stand for any number of pixels.
    return tiff.isTiff()
        ? switch (tiff.number(TiffTags.COMPRESSION, 1)) {
          case 1 -> 1;
          case 5 -> LZW;
          case 8, 32946 -> DEFLATE;
          case 32773 -> RUNS;
          default -> Integer.MAX_VALUE;
        }
        : Integer.MAX_VALUE;
  }

  /** Bits of a pixel as they are stored; 1 where that is not known. */
  private static long bits(byte[] file) {
    if (isPng(file)) {
      int samples = switch (file[25]) {
        case 2 -> 3;
        case 4 -> 2;
        case 6 -> 4;
        default -> 1;
      };
      return (long) Bytes.at(file, 24) * samples;
    }
    if (isBmp(file)) {
      return Math.max(1, Bytes.little16(file, 28));
    }
    TiffTags tiff = new TiffTags(file);
    return tiff.isTiff()
        ? Math.max(1L, (long) tiff.number(TiffTags.BITS, 1) * Math.max(1, tiff.number(TiffTags.SAMPLES, 1)))
        : 1;
  }
}
