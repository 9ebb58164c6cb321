package org.swinengine.backend;

import org.jspecify.annotations.Nullable;

/**
 * Pictures of 8-bit pixels on the host, and how they become a model's input, float32 or bf16
 * {@code [images, channels, height, width]}: what is v (0 to 255) in channel c becomes
 * {@code levels[256·c + v]}; then come the {@code changes}. Everything is computed in float32 and rounded to
 * the input's type once, at the end.
 *
 * @param pixels {@code [images, height, width, channels]} unsigned bytes at the front
 * @param images number of pictures
 * @param channels of each
 * @param height of each
 * @param width of each
 * @param levels {@code [channels, 256]}
 * @param changes what else is done; null: nothing
 */
public record PixelBatch(
    byte[] pixels, int images, int channels, int height, int width, float[] levels,
    @Nullable Changes changes) {
  /** Numbers of a box: top, left, height, width, and the index of its first value. */
  public static final int BOX = 5;

  /** Numbers of a mix: its kind, and top, bottom, left and right of what is cut. */
  public static final int MIX = 5;

  /** A picture that is not mixed. */
  public static final int KEEP = 0;

  /** A picture that becomes {@code share·picture + rest·partner}. */
  public static final int BLEND = 1;

  /** A picture that takes its partner's rows top to before bottom and columns left to before right. */
  public static final int CUT = 2;

  /**
   * First boxes are overwritten, then each picture is mixed with its partner, the one at the other end of the
   * batch.
   *
   * @param firstBox {@code [images + 1]} at the front: picture i has the boxes from {@code firstBox[i]} to
   *     before {@code firstBox[i + 1]}; a later one covers an earlier
   * @param boxes {@code [boxes, 5]} at the front
   * @param values of each box {@code [channels, height, width]}, one after the other at the front
   * @param mixes {@code [images, 5]}; of length 0: nothing is mixed
   * @param shares {@code [images, 2]}, a blended picture's share and its partner's; as long as mixes say
   */
  public record Changes(int[] firstBox, int[] boxes, float[] values, int[] mixes, float[] shares) {}

  /** Number of boxes. */
  public int boxCount() {
    return changes == null ? 0 : changes.firstBox()[images];
  }

  /** Number of the boxes' values. */
  public int valueCount() {
    if (boxCount() == 0 || changes == null) {
      return 0;
    }
    int last = (boxCount() - 1) * BOX;
    int[] boxes = changes.boxes();
    return boxes[last + 4] + channels * boxes[last + 2] * boxes[last + 3];
  }

  /** Values of all pictures. */
  public int size() {
    return Math.multiplyExact(Math.multiplyExact(images, channels), Math.multiplyExact(height, width));
  }

  /** The input on the host, from {@code offset} on: what every device computes, in one thread. */
  public void toFloats(float[] to, int offset) {
    int plane = height * width;
    for (int image = 0; image < images; image++) {
      for (int c = 0; c < channels; c++) {
        int at = offset + (image * channels + c) * plane;
        int from = image * channels * plane + c;
        for (int i = 0; i < plane; i++, from += channels) {
          to[at + i] = levels[256 * c + (pixels[from] & 255)];
        }
      }
    }
    if (changes != null) {
      overwrite(changes, to, offset);
      if (changes.mixes().length > 0) {
        mix(changes, to, offset);
      }
    }
  }

  private void overwrite(Changes with, float[] to, int offset) {
    int[] boxes = with.boxes();
    for (int image = 0; image < images; image++) {
      for (int box = with.firstBox()[image]; box < with.firstBox()[image + 1]; box++) {
        int first = box * BOX;
        int rows = boxes[first + 2];
        int columns = boxes[first + 3];
        for (int row = 0; row < channels * rows; row++) {
          int y = boxes[first] + row % rows;
          int at = offset + ((image * channels + row / rows) * height + y) * width + boxes[first + 1];
          System.arraycopy(with.values(), boxes[first + 4] + row * columns, to, at, columns);
        }
      }
    }
  }

  private void mix(Changes with, float[] to, int offset) {
    int rows = channels * height;
    for (int i = 0; i < (images + 1) / 2; i++) {
      int j = images - 1 - i;
      for (int row = 0; row < rows; row++) {
        int own = offset + (i * rows + row) * width;
        int other = offset + (j * rows + row) * width;
        for (int column = 0; column < width; column++) {
          float a = to[own + column];
          float b = to[other + column];
          to[own + column] = mixed(with, i, a, b, row % height, column);
          if (i != j) {
            to[other + column] = mixed(with, j, b, a, row % height, column);
          }
        }
      }
    }
  }

  private static float mixed(Changes with, int image, float own, float other, int row, int column) {
    int[] mixes = with.mixes();
    int first = MIX * image;
    if (mixes[first] == CUT) {
      boolean inside =
          row >= mixes[first + 1] && row < mixes[first + 2] && column >= mixes[first + 3]
              && column < mixes[first + 4];
      return inside ? other : own;
    }
    return mixes[first] == BLEND
        ? own * with.shares()[2 * image] + other * with.shares()[2 * image + 1]
        : own;
  }
}
