package org.swinengine.backend;

/**
 * Where the tokens of shifted windows lie in an image {@code [batch, height, width]} (Swin Transformer,
 * section 3.2). The image is cyclically shifted by (−shiftHeight, −shiftWidth), padded at the bottom and
 * right to multiples of the window, and cut into windows; windows and the tokens in them run row-major.
 * Everything is index arithmetic: no shifted or padded copy exists.
 *
 * <p>Where window, shift and padding come from (which resolution shrinks a window, when a shift is dropped)
 * is a model's affair; this class takes them as they are.
 *
 * @param batch images
 * @param height rows of tokens
 * @param width columns of tokens
 * @param windowHeight rows of a window
 * @param windowWidth columns of a window
 * @param shiftHeight rows of the cyclic shift, 0 ≤ shift &lt; window
 * @param shiftWidth columns of the cyclic shift
 * @param order whether the image is padded before the shift (torchvision, Hugging Face) or after it (timm);
 *     the same where nothing is padded
 */
public record WindowGeometry(
    int batch,
    int height,
    int width,
    int windowHeight,
    int windowWidth,
    int shiftHeight,
    int shiftWidth,
    PaddingOrder order) {

  /** Whether padding comes before or after the cyclic shift. */
  public enum PaddingOrder {
    PAD_THEN_SHIFT,
    SHIFT_THEN_PAD
  }

  /** Checks the ranges. */
  public WindowGeometry {
    if (batch < 1 || height < 1 || width < 1 || windowHeight < 1 || windowWidth < 1) {
      throw new IllegalArgumentException(
          "window geometry: batch " + batch + ", image " + height + "×" + width + ", window " + windowHeight
              + "×"
              + windowWidth + ": all must be at least 1");
    }
    if (shiftHeight < 0 || shiftHeight >= windowHeight || shiftWidth < 0 || shiftWidth >= windowWidth) {
      throw new IllegalArgumentException(
          "window geometry: shift " + shiftHeight + "×" + shiftWidth
              + " must be at least 0 and smaller than the window " + windowHeight + "×" + windowWidth);
    }
  }

  /** Windows in a column. */
  public int windowRows() {
    return (height + windowHeight - 1) / windowHeight;
  }

  /** Windows in a row. */
  public int windowColumns() {
    return (width + windowWidth - 1) / windowWidth;
  }

  /** Windows of one image. */
  public int windows() {
    return windowRows() * windowColumns();
  }

  /** Tokens of one window. */
  public int windowTokens() {
    return windowHeight * windowWidth;
  }

  /** Height after padding. */
  public int paddedHeight() {
    return windowRows() * windowHeight;
  }

  /** Width after padding. */
  public int paddedWidth() {
    return windowColumns() * windowWidth;
  }

  /** Whether some window holds padding. */
  public boolean isPadded() {
    return paddedHeight() != height || paddedWidth() != width;
  }

  /** Rows of the relative position bias table: (2·windowHeight − 1)·(2·windowWidth − 1). */
  public int biasTableRows() {
    return (2 * windowHeight - 1) * (2 * windowWidth - 1);
  }

  /**
   * The image token {@code y·width + x} that stands at a place of the shifted, padded image, or −1 for
   * padding.
   *
   * @param paddedRow 0 ≤ row &lt; paddedHeight
   * @param paddedColumn 0 ≤ column &lt; paddedWidth
   */
  public int sourceToken(int paddedRow, int paddedColumn) {
    int y = source(paddedRow, height, paddedHeight(), shiftHeight);
    int x = source(paddedColumn, width, paddedWidth(), shiftWidth);
    return y < 0 || x < 0 ? -1 : y * width + x;
  }

  private int source(int place, int size, int padded, int shift) {
    if (order == PaddingOrder.PAD_THEN_SHIFT) {
      int from = (place + shift) % padded;
      return from < size ? from : -1;
    }
    return place < size ? (place + shift) % size : -1;
  }

  /**
   * The region, 0 to 8, of a place of the shifted, padded image: three bands on each axis, [0, size −
   * window), [size − window, size − shift), [size − shift, size). Tokens of a window attend to each other
   * fully only within one region; a pair of two regions gets −100 on its logit. An axis without shift has no
   * bands.
   */
  public int region(int paddedRow, int paddedColumn) {
    return 3 * band(paddedRow, paddedHeight(), windowHeight, shiftHeight)
        + band(paddedColumn, paddedWidth(), windowWidth, shiftWidth);
  }

  private static int band(int place, int padded, int window, int shift) {
    if (shift == 0 || place < padded - window) {
      return 0;
    }
    return place < padded - shift ? 1 : 2;
  }

  /**
   * Row of the relative position bias table for a pair of window tokens: {@code (hᵢ − hⱼ + windowHeight − 1)·
   * (2·windowWidth − 1) + (wᵢ − wⱼ + windowWidth − 1)}, i the query, j the key.
   */
  public int relativePositionIndex(int query, int key) {
    int rows = query / windowWidth - key / windowWidth + windowHeight - 1;
    int columns = query % windowWidth - key % windowWidth + windowWidth - 1;
    return rows * (2 * windowWidth - 1) + columns;
  }
}
