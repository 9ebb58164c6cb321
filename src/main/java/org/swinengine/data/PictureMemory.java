package org.swinengine.data;

import java.util.Locale;
import java.util.concurrent.Semaphore;

/**
 * How much memory decoding may take: a quarter of the heap, for all pictures that are being decoded at one
 * time. It depends on the heap alone, so that a picture's pixels do not depend on what else goes on.
 */
final class PictureMemory {
  /** The number of pixels from which Pillow takes a file for an attack on memory. */
  static final long PIXEL_LIMIT = 178_956_970;

  /** Photographs have one pixel to thirty for each byte of their file; deflate's limit is a thousand. */
  private static final long PIXELS_PER_BYTE = 256;

  private static final int UNIT = 1 << 12;

  private final long bound;
  private final Semaphore free;

  /** The memory of this program. */
  static final PictureMemory OF_HEAP = new PictureMemory(Runtime.getRuntime().maxMemory() / 4);

  PictureMemory(long bound) {
    this.bound = bound;
    free = new Semaphore((int) Math.min(Integer.MAX_VALUE, bound / UNIT), true);
  }

  /** The largest file that is read, in bytes. */
  long largestFile() {
    return Math.min(bound, Integer.MAX_VALUE - 16);
  }

  /**
   * How many rows and columns to take one of, so that a picture fits.
   *
   * @param bytesPerPixel that decoding allocates
   * @param fileBytes the size of its file
   * @throws UnreadableImageException if the picture states a size that no file of so few bytes has
   */
  int step(long width, long height, int bytesPerPixel, long fileBytes) throws UnreadableImageException {
    long pixels = width * height;
    if (width > Integer.MAX_VALUE || height > Integer.MAX_VALUE || pixels > PIXEL_LIMIT) {
      throw new UnreadableImageException(
          "states a size of " + width + "x" + height + " pixels, more than the limit of " + PIXEL_LIMIT);
    }
    if (pixels * bytesPerPixel <= bound) {
      return 1;
    }
    if (pixels / PIXELS_PER_BYTE > fileBytes) {
      throw new UnreadableImageException(
          "states a size of " + width + "x" + height + " pixels in a file of " + fileBytes + " bytes, and "
              + tooMuch(pixels * bytesPerPixel));
    }
    int step = 2;
    while (((width + step - 1) / step) * ((height + step - 1) / step) * bytesPerPixel > bound) {
      step++;
    }
    return step;
  }

  /** Fails where that much would be needed outside the heap, which may be as much as the heap has. */
  void requireOutside(long width, long height, long bytes) throws UnreadableImageException {
    if (bytes / 4 > bound) {
      throw new UnreadableImageException(
          "is " + width + "x" + height + " pixels large and decoded as a whole, which " + tooMuch(bytes / 4));
    }
  }

  /** Fails where a picture that is decoded as a whole needs more. */
  void requireWhole(long width, long height, int bytesPerPixel, long fileBytes)
      throws UnreadableImageException {
    if (step(width, height, bytesPerPixel, fileBytes) > 1) {
      throw new UnreadableImageException(
          "is " + width + "x" + height + " pixels large and decoded as a whole, which "
              + tooMuch(width * height * bytesPerPixel));
    }
  }

  private String tooMuch(long bytes) {
    return String.format(
        Locale.ROOT,
        "needs %,d MB of memory where pictures may take %,d (a quarter of the heap; -Xmx gives more)",
        (bytes >> 20) + 1, bound >> 20);
  }

  /** The note on a picture that was taken in part. */
  static PictureNote note(long width, long height, int step) {
    return new PictureNote(
        PictureNote.Kind.SUBSAMPLED,
        "is " + width + "x" + height + " pixels large, too large for the heap: of " + step
            + " rows and columns one each was read, so its pixels are not quite those of the whole picture"
            + " (-Xmx gives more memory)");
  }

  /** Waits until that much is free. */
  Lease take(long bytes) {
    int units = (int) Math.min(Math.min(Integer.MAX_VALUE, bound / UNIT), bytes / UNIT + 1);
    free.acquireUninterruptibly(units);
    return () -> free.release(units);
  }

  /** Gives the memory back. */
  interface Lease extends AutoCloseable {
    @Override
    void close();
  }
}
