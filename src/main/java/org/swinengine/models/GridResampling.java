package org.swinengine.models;

import java.util.Arrays;

/**
 * Resamples grids of vectors as PyTorch does: position embeddings and bias tables for other image sizes and
 * windows. Grids are {@code [rows, columns, channels]}.
 */
final class GridResampling {
  private GridResampling() {}

  /**
   * PyTorch's {@code interpolate(mode="bicubic", align_corners=False)}: cubic convolution with a = −0.75 and
   * positions clamped to the border; with antialiasing a = −0.5, a support that grows with the reduction, and
   * weights that are normalised at the border.
   */
  static float[] bicubic(
      float[] grid, int rows, int columns, int newRows, int newColumns, boolean antialias) {
    int channels = grid.length / (rows * columns);
    double[][] down = antialias ? antialiased(rows, newRows) : clamped(rows, newRows);
    double[][] across = antialias ? antialiased(columns, newColumns) : clamped(columns, newColumns);
    double[] wide = new double[rows * newColumns * channels];
    for (int y = 0; y < rows; y++) {
      for (int x = 0; x < newColumns; x++) {
        for (int from = 0; from < columns; from++) {
          double weight = across[x][from];
          for (int c = 0; weight != 0 && c < channels; c++) {
            wide[(y * newColumns + x) * channels + c] += weight * grid[(y * columns + from) * channels + c];
          }
        }
      }
    }
    double[] sums = new double[newRows * newColumns * channels];
    int row = newColumns * channels;
    for (int y = 0; y < newRows; y++) {
      for (int from = 0; from < rows; from++) {
        double weight = down[y][from];
        for (int i = 0; weight != 0 && i < row; i++) {
          sums[y * row + i] += weight * wide[from * row + i];
        }
      }
    }
    return rounded(sums);
  }

  private static float[] rounded(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }

  private static double[][] clamped(int inputs, int outputs) {
    double[][] weights = new double[outputs][inputs];
    // Positions in float32 as in PyTorch, whose rounding would be the largest difference.
    float scale = (float) inputs / outputs;
    for (int i = 0; i < outputs; i++) {
      float centre = scale * (i + 0.5f) - 0.5f;
      int first = (int) Math.floor(centre) - 1;
      for (int j = first; j < first + 4; j++) {
        weights[i][Math.max(0, Math.min(inputs - 1, j))] += cubic(centre - j, -0.75);
      }
    }
    return weights;
  }

  private static double[][] antialiased(int inputs, int outputs) {
    double[][] weights = new double[outputs][inputs];
    double scale = (double) inputs / outputs;
    double stretch = Math.max(scale, 1);
    for (int i = 0; i < outputs; i++) {
      double centre = (i + 0.5) * scale;
      int first = Math.max(0, (int) (centre - 2 * stretch + 0.5));
      int last = Math.min(inputs, (int) (centre + 2 * stretch + 0.5));
      double sum = 0;
      for (int j = first; j < last; j++) {
        weights[i][j] = cubic((j - centre + 0.5) / stretch, -0.5);
        sum += weights[i][j];
      }
      for (int j = first; j < last; j++) {
        weights[i][j] /= sum;
      }
    }
    return weights;
  }

  /** Keys' cubic convolution. */
  private static double cubic(double distance, double a) {
    double x = Math.abs(distance);
    if (x < 1) {
      return ((a + 2) * x - (a + 3)) * x * x + 1;
    }
    return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
  }

  /**
   * timm's {@code resize_rel_pos_bias_table}, which is BEiT's: the old offsets are thought of as a geometric
   * progression from the middle to the new border, and the new ones are interpolated linearly between them.
   */
  static float[] geometric(float[] grid, int rows, int columns, int newRows, int newColumns) {
    int channels = grid.length / (rows * columns);
    double[][] down = linear(progression(rows, newRows), newRows);
    double[][] across = linear(progression(columns, newColumns), newColumns);
    double[] sums = new double[newRows * newColumns * channels];
    for (int y = 0; y < newRows; y++) {
      for (int x = 0; x < newColumns; x++) {
        for (int i = 0; i < rows; i++) {
          for (int j = 0; j < columns; j++) {
            double weight = down[y][i] * across[x][j];
            for (int c = 0; weight != 0 && c < channels; c++) {
              sums[(y * newColumns + x) * channels + c] += weight * grid[(i * columns + j) * channels + c];
            }
          }
        }
      }
    }
    return rounded(sums);
  }

  /** Where the old offsets lie among the new ones: 0 in the middle, steps 1, q, q² … to both sides. */
  private static double[] progression(int inputs, int outputs) {
    double left = 1.01;
    double right = 1.5;
    double q = right;
    int inputsOfASide = inputs / 2;
    int outputsOfASide = outputs / 2;
    while (right - left > 1e-6) {
      q = (left + right) / 2;
      double reach = (1 - StrictMath.pow(q, inputsOfASide)) / (1 - q);
      if (reach > outputsOfASide) {
        right = q;
      } else {
        left = q;
      }
    }
    double[] positions = new double[inputs];
    double reached = 1;
    for (int i = 0; i < inputs / 2; i++) {
      positions[inputs / 2 + 1 + i] = reached;
      positions[inputs / 2 - 1 - i] = -reached;
      reached += StrictMath.pow(q, i + 1);
    }
    // PyTorch holds them in float32.
    return Arrays.stream(positions).map(position -> (float) position).toArray();
  }

  private static double[][] linear(double[] positions, int outputs) {
    double[][] weights = new double[outputs][positions.length];
    for (int i = 0; i < outputs; i++) {
      double wanted = i - outputs / 2;
      int right = 0;
      while (right < positions.length && positions[right] < wanted) {
        right++;
      }
      right = Math.min(right, positions.length - 1);
      int left = Math.max(right - 1, 0);
      double toLeft = Math.max(wanted - positions[left], 0);
      double toRight = Math.max(positions[right] - wanted, 0);
      if (toLeft == 0 && toRight == 0) {
        toLeft = 1;
        toRight = 1;
      }
      weights[i][left] += toRight / (toLeft + toRight);
      weights[i][right] += toLeft / (toLeft + toRight);
    }
    return weights;
  }
}
