package org.swinengine.data;

import java.util.Arrays;
import org.swinengine.backend.PixelBatch;

/**
 * Boxes of pictures that are overwritten with other numbers, one picture after the other. Used by one thread.
 */
public final class ErasedBoxes {
  private int[] boxes = new int[0];
  private float[] values = new float[0];
  private int[] firstBox = new int[1];
  private int pictures;
  private int count;
  private int used;

  /** What comes next belongs to the next picture, the first the first time. */
  void nextPicture() {
    pictures++;
    if (pictures == firstBox.length) {
      firstBox = Arrays.copyOf(firstBox, 2 * pictures);
    }
    firstBox[pictures] = count;
  }

  /** Forgets everything. */
  void clear() {
    pictures = 0;
    count = 0;
    used = 0;
  }

  /**
   * Adds a box of the current picture, which covers earlier ones.
   *
   * @param top its first row
   * @param left its first column
   * @param height its rows
   * @param width its columns
   * @param filling {@code [channels, height, width]}
   */
  public void add(int top, int left, int height, int width, float[] filling) {
    if (boxes.length < (count + 1) * PixelBatch.BOX) {
      boxes = Arrays.copyOf(boxes, 2 * (count + 1) * PixelBatch.BOX);
    }
    if (values.length < used + filling.length) {
      values = Arrays.copyOf(values, Math.max(2 * values.length, used + filling.length));
    }
    int[] box = {top, left, height, width, used};
    System.arraycopy(box, 0, boxes, count * PixelBatch.BOX, PixelBatch.BOX);
    System.arraycopy(filling, 0, values, used, filling.length);
    used += filling.length;
    count++;
    firstBox[pictures] = count;
  }

  /** Whether there is none. */
  boolean isEmpty() {
    return count == 0;
  }

  /** Those of all pictures, with how these are mixed; the arrays are this object's own. */
  PixelBatch.Changes changes(int[] mixes, float[] shares) {
    return new PixelBatch.Changes(firstBox, boxes, values, mixes, shares);
  }

  /** Overwrites the boxes of the only picture, in a picture of floats. */
  void write(float[] image, int offset, int channels, int height, int width) {
    for (int first = 0; first < count * PixelBatch.BOX; first += PixelBatch.BOX) {
      int rows = boxes[first + 2];
      int columns = boxes[first + 3];
      for (int row = 0; row < channels * rows; row++) {
        int at = offset + (row / rows * height + boxes[first] + row % rows) * width + boxes[first + 1];
        System.arraycopy(values, boxes[first + 4] + row * columns, image, at, columns);
      }
    }
  }
}
