package org.swinengine.backend;

/**
 * Patch family: gathers that turn pixels into patches, four tokens into one and one into several, and their
 * gradients.
 */
public interface PatchKernels {
  /**
   * Pixels to patch rows: image {@code [batch, channels, height, width]} to
   * {@code [batch, ⌈height/patch⌉, ⌈width/patch⌉, channels·patch·patch]}, each row in the order of a
   * convolution's weight (channel slowest). Pixels beyond the image are zero. A linear layer on the rows is
   * PyTorch's {@code Conv2d(kernel = stride = patch)}.
   */
  void embedGather(int batch, int channels, int height, int width, int patch, Span image, Span rows);

  /** Gradient of {@link #embedGather}: rows back to pixels; replaces the image. */
  void embedScatter(int batch, int channels, int height, int width, int patch, Span rows, Span image);

  /**
   * Patch merging's gather: {@code [batch, height, width, channels]} to
   * {@code [batch, ⌈height/2⌉, ⌈width/2⌉, 4·channels]} in Swin's order (row, column) = (even, even), (odd,
   * even), (even, odd), (odd, odd). Tokens beyond an odd edge are zero.
   */
  void mergeGather(int batch, int height, int width, int channels, Span x, Span merged);

  /**
   * {@link #mergeGather} with the statistics of the merged rows.
   *
   * @param rowStatistics receives {@link NormKernels#rowStatisticsSize} numbers of each row; only where that
   *     is not 0, and for merged rows that start on 16 bytes
   */
  default void mergeGather(
      int batch, int height, int width, int channels, Span x, Span merged, Span rowStatistics) {
    throw new UnsupportedOperationException("this backend keeps no statistics of rows");
  }

  /** Gradient of {@link #mergeGather}: replaces x. */
  void mergeScatter(int batch, int height, int width, int channels, Span merged, Span x);

  /**
   * Exchanges two neighbouring axes: x {@code [outer, rows, columns, run]} to y
   * {@code [outer, columns, rows, run]}, PyTorch's {@code x.transpose(1, 2)}. With {@code rows} and
   * {@code columns} exchanged it is its own inverse and its own gradient. Patch expanding is one such
   * exchange, of the tokens of a row and the rows within a token:
   * {@code [batch·height, width, factor, factor·channels]}; so is the way between channels last,
   * {@code [batch, height·width, channels, 1]}, and channels first. The two must not overlap.
   */
  void exchange(int outer, int rows, int columns, int run, Span x, Span y);
}
