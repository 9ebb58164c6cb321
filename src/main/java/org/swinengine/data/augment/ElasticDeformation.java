package org.swinengine.data.augment;

import org.swinengine.data.DrawnTransform;
import org.swinengine.data.GeometricTransform;
import org.swinengine.data.RawImage;
import org.swinengine.data.SampleRandom;

/**
 * Moves every pixel by a smooth random field, as tissue deforms (Simard et al., "Best practices for
 * convolutional neural networks", 2003): torchvision's {@code ElasticTransform}, bilinear. Pictures have its
 * bytes but where its single precision rounds the other way.
 *
 * @param alpha strength, at least 0: uniform noise of ±{@code alpha} / 2 pixels is smoothed; torchvision's
 *     default is 50
 * @param sigma of the Gaussian that smooths it, in pixels, at least 0; torchvision's default is 5
 * @param fill what lies outside of the picture
 */
public record ElasticDeformation(double alpha, double sigma, FillColor fill) implements GeometricTransform {
  /** Checks the ranges. */
  public ElasticDeformation {
    Ranges.requireRange("ElasticDeformation", "a strength", 0, alpha, 0, 1e6);
    Ranges.requireRange("ElasticDeformation", "a deviation", 0, sigma, 0, 1e3);
  }

  @Override
  public DrawnTransform draw(int height, int width, SampleRandom random) {
    return drawn(noise(height * width, random), noise(height * width, random), height, width);
  }

  private static double[] noise(int count, SampleRandom random) {
    double[] noise = new double[count];
    for (int i = 0; i < count; i++) {
      noise[i] = random.uniform(-1, 1);
    }
    return noise;
  }

  /** The transform of this noise, −1 to 1 for each pixel; the arrays are changed. */
  DrawnTransform drawn(double[] right, double[] down, int height, int width) {
    if (sigma > 0) {
      double[] kernel = Filters.gaussian((int) (8 * sigma + 1) | 1, sigma);
      Filters.blur(right, height, width, kernel);
      Filters.blur(down, height, width, kernel);
    }
    for (int i = 0; i < right.length; i++) {
      right[i] *= alpha / 2;
      down[i] *= alpha / 2;
    }
    return new Field(right, down, fill);
  }

  /** Where the pixels come from, as distances from their own places. */
  private record Field(double[] right, double[] down, FillColor fill) implements DrawnTransform {
    @Override
    public RawImage image(RawImage image) {
      int height = image.height();
      int width = image.width();
      int channels = image.channels();
      byte[] in = image.pixels();
      byte[] out = new byte[in.length];
      byte[] outside = fill.in(channels);
      for (int y = 0, pixel = 0; y < height; y++) {
        for (int x = 0; x < width; x++, pixel++) {
          double fromX = x + right[pixel];
          double fromY = y + down[pixel];
          int left = (int) Math.floor(fromX);
          int above = (int) Math.floor(fromY);
          double dx = fromX - left;
          double dy = fromY - above;
          double inside = (inside(left, width) * (1 - dx) + inside(left + 1, width) * dx)
              * (inside(above, height) * (1 - dy) + inside(above + 1, height) * dy);
          for (int c = 0; c < channels; c++) {
            double upper = level(in, left, above, height, width, channels, c) * (1 - dx)
                + level(in, left + 1, above, height, width, channels, c) * dx;
            double lower = level(in, left, above + 1, height, width, channels, c) * (1 - dx)
                + level(in, left + 1, above + 1, height, width, channels, c) * dx;
            double value = upper * (1 - dy) + lower * dy;
            // torchvision weighs what it has weighed already: at the edge the picture is darker.
            value = value * inside + (1 - inside) * (outside[c] & 255);
            out[pixel * channels + c] = (byte) Math.max(0, Math.min(255, (int) Math.rint(value)));
          }
        }
      }
      return new RawImage(height, width, channels, out);
    }

    private static int inside(int at, int size) {
      return at >= 0 && at < size ? 1 : 0;
    }

    private static int level(byte[] in, int x, int y, int height, int width, int channels, int channel) {
      boolean outside = x < 0 || x >= width || y < 0 || y >= height;
      return outside ? 0 : in[(y * width + x) * channels + channel] & 255;
    }

    @Override
    public RawImage mask(RawImage mask, int maskFill) {
      int height = mask.height();
      int width = mask.width();
      byte[] in = mask.pixels();
      byte[] out = new byte[in.length];
      for (int y = 0, pixel = 0; y < height; y++) {
        for (int x = 0; x < width; x++, pixel++) {
          int fromX = (int) Math.rint(x + right[pixel]);
          int fromY = (int) Math.rint(y + down[pixel]);
          boolean outside = fromX < 0 || fromX >= width || fromY < 0 || fromY >= height;
          out[pixel] = outside ? (byte) maskFill : in[fromY * width + fromX];
        }
      }
      return new RawImage(height, width, 1, out);
    }
  }
}
