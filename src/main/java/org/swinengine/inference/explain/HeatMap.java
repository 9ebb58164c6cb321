package org.swinengine.inference.explain;

/**
 * How much each place of the model's input has to do with the answer.
 *
 * @param rows from top to bottom
 * @param columns from left to right
 * @param values row-major, at least 0; only their ratios mean something
 */
public record HeatMap(int rows, int columns, float[] values) {
  /** Checks that there are as many values as places. */
  public HeatMap {
    if (rows < 1 || columns < 1 || (long) rows * columns != values.length) {
      throw new IllegalArgumentException(
          "a heat map of " + rows + "×" + columns + " places has " + values.length + " values");
    }
  }

  /**
   * The same from 0, the coldest place, to 1, the hottest; all 0 where no place differs from another.
   */
  public HeatMap scaled() {
    float least = Float.POSITIVE_INFINITY;
    float most = Float.NEGATIVE_INFINITY;
    for (float value : values) {
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
    float[] result = new float[values.length];
    if (most > least) {
      for (int i = 0; i < result.length; i++) {
        result[i] = (values[i] - least) / (most - least);
      }
    }
    return new HeatMap(rows, columns, result);
  }

  /**
   * The value at a point between the places' centres, bilinear; beyond the outermost centres it stays. On a
   * grid of pixels' centres it is PyTorch's {@code interpolate} without {@code align_corners}.
   *
   * @param y from 0, the upper edge, to 1, the lower one
   * @param x from 0, the left edge, to 1, the right one
   */
  public float at(double y, double x) {
    double row = Math.min(rows - 1, Math.max(0, y * rows - 0.5));
    double column = Math.min(columns - 1, Math.max(0, x * columns - 0.5));
    int top = (int) row;
    int left = (int) column;
    int bottom = Math.min(rows - 1, top + 1);
    int right = Math.min(columns - 1, left + 1);
    double down = row - top;
    double across = column - left;
    double upper = values[top * columns + left] * (1 - across) + values[top * columns + right] * across;
    double lower = values[bottom * columns + left] * (1 - across) + values[bottom * columns + right] * across;
    return (float) (upper * (1 - down) + lower * down);
  }
}
