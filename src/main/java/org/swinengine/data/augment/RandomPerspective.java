package org.swinengine.data.augment;

import org.swinengine.data.DrawnTransform;
import org.swinengine.data.GeometricTransform;
import org.swinengine.data.Interpolation;
import org.swinengine.data.RawImage;
import org.swinengine.data.SampleRandom;

/**
 * Looks at a picture from another side: its corners move inwards, each on its own; its size stays.
 * torchvision's {@code RandomPerspective} on Pillow images, byte for byte.
 *
 * @param distortion how far a corner may move, as a share of half the side, 0 to 1; torchvision's default is
 *     0.5
 * @param probability that a picture is changed at all, 0 to 1
 * @param interpolation the filter
 * @param fill what lies outside of the picture
 */
public record RandomPerspective(
    double distortion, double probability, Interpolation interpolation, FillColor fill)
    implements GeometricTransform {
  /** Checks the ranges. */
  public RandomPerspective {
    Ranges.requireRange("RandomPerspective", "distortion", 0, distortion, 0, 1);
    Ranges.requireProbability("RandomPerspective", probability);
  }

  @Override
  public DrawnTransform draw(int height, int width, SampleRandom random) {
    if (!random.bernoulli(probability)) {
      return DrawnTransform.NOTHING;
    }
    int halfWidth = width / 2;
    int halfHeight = height / 2;
    int x = (int) (distortion * halfWidth);
    int y = (int) (distortion * halfHeight);
    int[] corners = {
      random.uniformInt(x + 1), random.uniformInt(y + 1),
      width - 1 - random.uniformInt(x + 1), random.uniformInt(y + 1),
      width - 1 - random.uniformInt(x + 1), height - 1 - random.uniformInt(y + 1),
      random.uniformInt(x + 1), height - 1 - random.uniformInt(y + 1)
    };
    return drawn(height, width, corners);
  }

  /**
   * The transform whose result has the picture's corners there.
   *
   * @param corners x and y of the upper left, upper right, lower right and lower left one
   */
  DrawnTransform drawn(int height, int width, int... corners) {
    if (height < 2 || width < 2) {
      return DrawnTransform.NOTHING;
    }
    int[] from = {0, 0, width - 1, 0, width - 1, height - 1, 0, height - 1};
    return new Drawn(coefficients(from, corners), interpolation, fill);
  }

  /** torchvision's {@code _get_perspective_coeffs}: solved in double precision, kept in single. */
  private static float[] coefficients(int[] from, int[] to) {
    double[][] rows = new double[8][];
    for (int i = 0; i < 4; i++) {
      double x = to[2 * i];
      double y = to[2 * i + 1];
      double u = from[2 * i];
      double v = from[2 * i + 1];
      rows[2 * i] = new double[] {x, y, 1, 0, 0, 0, -u * x, -u * y, u};
      rows[2 * i + 1] = new double[] {0, 0, 0, x, y, 1, -v * x, -v * y, v};
    }
    for (int column = 0; column < 8; column++) {
      int pivot = column;
      for (int row = column + 1; row < 8; row++) {
        pivot = Math.abs(rows[row][column]) > Math.abs(rows[pivot][column]) ? row : pivot;
      }
      double[] chosen = rows[pivot];
      rows[pivot] = rows[column];
      rows[column] = chosen;
      for (int row = 0; row < 8; row++) {
        double factor = row == column ? 0 : rows[row][column] / chosen[column];
        for (int k = column; k < 9 && factor != 0; k++) {
          rows[row][k] -= factor * chosen[k];
        }
      }
    }
    float[] result = new float[8];
    for (int i = 0; i < 8; i++) {
      result[i] = (float) (rows[i][8] / rows[i][i]);
    }
    return result;
  }

  private record Drawn(float[] map, Interpolation interpolation, FillColor fill) implements DrawnTransform {
    @Override
    public RawImage image(RawImage image) {
      return Warp.perspective(image, map, interpolation, fill);
    }

    @Override
    public RawImage mask(RawImage mask, int maskFill) {
      FillColor color = new FillColor(maskFill, maskFill, maskFill);
      return Warp.perspective(mask, map, Interpolation.NEAREST, color);
    }
  }
}
