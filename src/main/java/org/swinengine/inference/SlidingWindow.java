package org.swinengine.inference;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Runs a model of one input size over pictures of any size: windows that overlap, whose logits are averaged
 * with weights that fall towards a window's edges. Windows, weights and padding are those of MONAI's {@code
 * sliding_window_inference}: a step is {@code ⌊window·(1 − overlap)⌋}, the last window of an axis ends where
 * the picture ends, and a smaller picture is padded with zeros on both sides.
 *
 * <p>Sums are made on the host, window by window in their order, so that the result does not depend on how
 * many windows a batch has.
 */
public final class SlidingWindow {
  /** How much a pixel of a window counts. */
  public enum Weighting {
    /** All the same. */
    CONSTANT,
    /** A Gaussian around the window's centre whose σ is an eighth of the window, at least 0.001. */
    GAUSSIAN
  }

  /** Gives logits for windows. */
  public interface Model {
    /**
     * Runs it.
     *
     * @param windows {@code [count, channels, window height, window width]}
     * @return logits, {@code [count, classes, window height, window width]}
     */
    float[] logits(float[] windows, int count);
  }

  private static final double SIGMA = 0.125;
  private static final float LEAST_WEIGHT = 1e-3f;

  private final int height;
  private final int width;
  private final double overlap;
  private final int batch;
  private final float[] weights;

  /**
   * Plans for a window.
   *
   * @param height rows of a window
   * @param width columns of a window
   * @param overlap share of a window that the next one covers too, in [0, 1)
   * @param batch windows that the model gets at once
   */
  public SlidingWindow(int height, int width, double overlap, Weighting weighting, int batch) {
    if (height < 1 || width < 1 || batch < 1) {
      throw new IllegalArgumentException(
          "windows of " + width + "x" + height + ", " + batch + " at once, are none");
    }
    if (!(overlap >= 0 && overlap < 1)) {
      throw new IllegalArgumentException(
          "the `overlap` is " + overlap + ", but must be at least 0 and less than 1");
    }
    this.height = height;
    this.width = width;
    this.overlap = overlap;
    this.batch = batch;
    weights = new float[height * width];
    if (weighting == Weighting.CONSTANT) {
      Arrays.fill(weights, 1);
    } else {
      gaussian();
    }
  }

  private void gaussian() {
    double least = Double.POSITIVE_INFINITY;
    for (int i = 0; i < weights.length; i++) {
      int row = i / width;
      double y = row - (height - 1) / 2.0;
      double x = i % width - (width - 1) / 2.0;
      double sigmaY = SIGMA * height;
      double sigmaX = SIGMA * width;
      double weight = StrictMath.exp(-y * y / (2 * sigmaY * sigmaY) - x * x / (2 * sigmaX * sigmaX));
      weights[i] = (float) weight;
      least = weights[i] == 0 ? least : Math.min(least, weights[i]);
    }
    float bound = Math.max((float) least, LEAST_WEIGHT);
    for (int i = 0; i < weights.length; i++) {
      weights[i] = Math.max(weights[i], bound);
    }
  }

  /** The weights of a window's pixels, row by row. */
  public float[] weights() {
    return weights.clone();
  }

  /** Where windows begin along an axis of a picture that is at least as long as they are. */
  static int[] starts(int length, int window, double overlap) {
    int step = length == window ? window : Math.max(1, (int) (window * (1 - overlap)));
    List<Integer> starts = new ArrayList<>();
    for (int start = 0;; start += step) {
      starts.add(Math.min(start, length - window));
      if (start + window >= length) {
        return starts.stream().mapToInt(Integer::intValue).toArray();
      }
    }
  }

  /** How many windows a picture has. */
  public int count(int pictureHeight, int pictureWidth) {
    return starts(Math.max(pictureHeight, height), height, overlap).length
        * starts(Math.max(pictureWidth, width), width, overlap).length;
  }

  /**
   * The mean logits of a picture.
   *
   * @param picture {@code [channels, height, width]}, normalised
   * @return {@code [classes, height, width]}
   * @throws IllegalArgumentException if the picture is empty or has another number of values, or the model
   *     gives another number of logits
   */
  public float[] apply(
      float[] picture, int channels, int pictureHeight, int pictureWidth, int classes, Model model) {
    if (pictureHeight < 1 || pictureWidth < 1
        || picture.length != (long) channels * pictureHeight * pictureWidth) {
      throw new IllegalArgumentException(
          "a picture of " + picture.length + " values is not " + channels + "x" + pictureHeight + "x"
              + pictureWidth);
    }
    // Where the picture stands in what the windows cover.
    int top = Math.max(0, height - pictureHeight) / 2;
    int left = Math.max(0, width - pictureWidth) / 2;
    int[] rows = starts(Math.max(pictureHeight, height), height, overlap);
    int[] columns = starts(Math.max(pictureWidth, width), width, overlap);
    int pixels = pictureHeight * pictureWidth;
    float[] sums = new float[Math.multiplyExact(classes, pixels)];
    float[] total = new float[pixels];
    int windows = rows.length * columns.length;
    for (int first = 0; first < windows; first += batch) {
      int count = Math.min(batch, windows - first);
      float[] input = new float[count * channels * weights.length];
      for (int i = 0; i < count; i++) {
        int y = rows[(first + i) / columns.length] - top;
        int x = columns[(first + i) % columns.length] - left;
        for (int c = 0; c < channels; c++) {
          copy(picture, c * pixels, pictureHeight, pictureWidth, y, x, input,
              (i * channels + c) * weights.length);
        }
      }
      float[] logits = model.logits(input, count);
      if (logits.length != count * classes * weights.length) {
        throw new IllegalArgumentException(
            "the model gives " + logits.length + " logits for " + count + " windows of " + width + "x"
                + height
                + " and " + classes + " classes");
      }
      for (int i = 0; i < count; i++) {
        int y = rows[(first + i) / columns.length] - top;
        int x = columns[(first + i) % columns.length] - left;
        add(logits, i * classes * weights.length, classes, y, x, pictureHeight, pictureWidth, sums, total);
      }
    }
    for (int i = 0; i < sums.length; i++) {
      sums[i] /= total[i % pixels];
    }
    return sums;
  }

  private void copy(
      float[] picture, int from, int pictureHeight, int pictureWidth, int y, int x, float[] input, int to) {
    int firstColumn = Math.max(0, -x);
    int columns = Math.min(width, pictureWidth - x) - firstColumn;
    for (int row = Math.max(0, -y); row < Math.min(height, pictureHeight - y); row++) {
      System.arraycopy(
          picture, from + (y + row) * pictureWidth + x + firstColumn, input, to + row * width + firstColumn,
          columns);
    }
  }

  private void add(
      float[] logits, int from, int classes, int y, int x, int pictureHeight, int pictureWidth, float[] sums,
      float[] total) {
    int pixels = pictureHeight * pictureWidth;
    for (int row = Math.max(0, -y); row < Math.min(height, pictureHeight - y); row++) {
      for (int column = Math.max(0, -x); column < Math.min(width, pictureWidth - x); column++) {
        int inWindow = row * width + column;
        int inPicture = (y + row) * pictureWidth + x + column;
        float weight = weights[inWindow];
        total[inPicture] += weight;
        for (int c = 0; c < classes; c++) {
          sums[c * pixels + inPicture] += weight * logits[from + c * weights.length + inWindow];
        }
      }
    }
  }
}
