package org.swinengine.data.check;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.swinengine.data.RawImage;

/**
 * What is kept of a picture: numbers that are the same on every machine.
 *
 * @param content a hash of its size and pixels; grey in three equal channels is grey
 * @param outline 64 bits, whether a place is brighter than its left neighbour in 9 × 8 places (the difference
 *     hash: Krawetz, "Kind of Like That", 2013)
 * @param thumbnail 16 × 16 means of grey, 0 to 255
 * @param height in pixels
 * @param width in pixels
 * @param channels 1 or 3
 * @param sums of each channel's pixels
 * @param squares sums of their squares
 */
record PictureSummary(
    String content, long outline, byte[] thumbnail, int height, int width, int channels, long[] sums,
    long[] squares) {
  static final int SIDE = 16;

  static PictureSummary of(RawImage loaded) {
    RawImage image = loaded.channels() == 3 && isGrey(loaded) ? loaded.withChannels(1) : loaded;
    byte[] pixels = image.pixels();
    int channels = image.channels();
    long[] sums = new long[channels];
    long[] squares = new long[channels];
    for (int i = 0; i < pixels.length; i++) {
      long value = pixels[i] & 255;
      sums[i % channels] += value;
      squares[i % channels] += value * value;
    }
    RawImage grey = image.withChannels(1);
    byte[] thumbnail = new byte[SIDE * SIDE];
    for (int i = 0; i < thumbnail.length; i++) {
      long[] cell = cell(grey, i / SIDE, SIDE, i % SIDE, SIDE);
      thumbnail[i] = (byte) ((cell[0] + cell[1] / 2) / cell[1]);
    }
    return new PictureSummary(
        content(image), outline(grey), thumbnail, image.height(), image.width(), channels, sums, squares);
  }

  private static boolean isGrey(RawImage image) {
    byte[] pixels = image.pixels();
    for (int i = 0; i < pixels.length; i += 3) {
      if (pixels[i] != pixels[i + 1] || pixels[i] != pixels[i + 2]) {
        return false;
      }
    }
    return true;
  }

  private static String content(RawImage image) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      String size = image.height() + "x" + image.width() + "x" + image.channels() + " ";
      digest.update(size.getBytes(StandardCharsets.US_ASCII));
      digest.update(image.pixels());
      return HexFormat.of().formatHex(digest.digest(), 0, 16);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  private static long outline(RawImage grey) {
    long bits = 0;
    for (int row = 0; row < 8; row++) {
      long[] left = cell(grey, row, 8, 0, 9);
      for (int column = 1; column < 9; column++) {
        long[] here = cell(grey, row, 8, column, 9);
        // Means are compared without dividing, so that nothing is rounded.
        bits = bits << 1 | (here[0] * left[1] > left[0] * here[1] ? 1 : 0);
        left = here;
      }
    }
    return bits;
  }

  /** Sum and number of the pixels of a cell of a grid; at least one pixel. */
  private static long[] cell(RawImage grey, int row, int rows, int column, int columns) {
    int top = row * grey.height() / rows;
    int bottom = Math.max(top + 1, (row + 1) * grey.height() / rows);
    int left = column * grey.width() / columns;
    int right = Math.max(left + 1, (column + 1) * grey.width() / columns);
    long sum = 0;
    for (int y = top; y < bottom; y++) {
      for (int x = left; x < right; x++) {
        sum += grey.pixels()[y * grey.width() + x] & 255;
      }
    }
    return new long[] {sum, (long) (bottom - top) * (right - left)};
  }

  /** How alike two pictures are in their thumbnails, the correlation, -1 to 1; 0 where one is all alike. */
  static double likeness(PictureSummary a, PictureSummary b) {
    double sumA = 0;
    double sumB = 0;
    double squaresA = 0;
    double squaresB = 0;
    double products = 0;
    int n = SIDE * SIDE;
    for (int i = 0; i < n; i++) {
      double x = a.thumbnail[i] & 255;
      double y = b.thumbnail[i] & 255;
      sumA += x;
      sumB += y;
      squaresA += x * x;
      squaresB += y * y;
      products += x * y;
    }
    double spread = (n * squaresA - sumA * sumA) * (n * squaresB - sumB * sumB);
    return spread > 0 ? (n * products - sumA * sumB) / StrictMath.sqrt(spread) : 0;
  }
}
