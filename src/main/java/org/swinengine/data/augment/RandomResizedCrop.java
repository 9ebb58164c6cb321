package org.swinengine.data.augment;

import org.swinengine.data.Crop;
import org.swinengine.data.DrawnTransform;
import org.swinengine.data.GeometricTransform;
import org.swinengine.data.Interpolation;
import org.swinengine.data.RawImage;
import org.swinengine.data.Resize;
import org.swinengine.data.SampleRandom;

/**
 * Cuts out a random rectangle and resizes it: torchvision's {@code RandomResizedCrop}, the standard
 * augmentation of ImageNet training. The rectangle's area is a uniform share of the image's, its aspect ratio
 * log-uniform. After ten rectangles that do not fit, the largest middle one with an allowed ratio is taken.
 *
 * @param height height of the result
 * @param width width of the result
 * @param minScale smallest share of the area, e.g. 0.08
 * @param maxScale largest share of the area, e.g. 1
 * @param minRatio smallest width / height, e.g. 3/4
 * @param maxRatio largest width / height, e.g. 4/3
 * @param interpolation the filter
 */
public record RandomResizedCrop(
    int height, int width, double minScale, double maxScale, double minRatio, double maxRatio,
    Interpolation interpolation) implements GeometricTransform {
  private static final int ATTEMPTS = 10;

  /** Checks the ranges. */
  public RandomResizedCrop {
    boolean sizes = height >= 1 && width >= 1;
    boolean scales = minScale > 0 && maxScale >= minScale;
    boolean ratios = minRatio > 0 && maxRatio >= minRatio;
    if (!sizes || !scales || !ratios) {
      throw new IllegalArgumentException(
          "RandomResizedCrop to " + height + "x" + width + ", scale " + minScale + " to " + maxScale
              + ", ratio "
              + minRatio + " to " + maxRatio + ": all must be positive and each range ascending");
    }
  }

  /** With torchvision's ranges: a share of 0.08 to 1, a ratio of 3/4 to 4/3. */
  public static RandomResizedCrop standard(int height, int width, Interpolation interpolation) {
    return new RandomResizedCrop(height, width, 0.08, 1, 3.0 / 4, 4.0 / 3, interpolation);
  }

  @Override
  public DrawnTransform draw(int imageHeight, int imageWidth, SampleRandom random) {
    double area = (double) imageHeight * imageWidth;
    double logMin = StrictMath.log(minRatio);
    double logMax = StrictMath.log(maxRatio);
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      double target = area * random.uniform(minScale, maxScale);
      double ratio = StrictMath.exp(random.uniform(logMin, logMax));
      int w = (int) Math.rint(Math.sqrt(target * ratio));
      int h = (int) Math.rint(Math.sqrt(target / ratio));
      if (w > 0 && w <= imageWidth && h > 0 && h <= imageHeight) {
        int top = random.uniformInt(imageHeight - h + 1);
        int left = random.uniformInt(imageWidth - w + 1);
        return new Resized(new Crop(top, left, h, w), resize());
      }
    }
    double ratio = (double) imageWidth / imageHeight;
    int w = imageWidth;
    int h = imageHeight;
    if (ratio < minRatio) {
      h = (int) Math.max(1, Math.rint(w / minRatio));
    } else if (ratio > maxRatio) {
      w = (int) Math.max(1, Math.rint(h * maxRatio));
    }
    return new Resized(new Crop((imageHeight - h) / 2, (imageWidth - w) / 2, h, w), resize());
  }

  private Resize resize() {
    return Resize.exactly(height, width, interpolation);
  }

  private record Resized(Crop crop, Resize resize) implements DrawnTransform {
    @Override
    public RawImage image(RawImage image) {
      return resize.apply(crop.image(image), null);
    }

    @Override
    public RawImage mask(RawImage mask, int fill) {
      Resize nearest = Resize.exactly(resize.height(), resize.width(), Interpolation.NEAREST);
      return nearest.apply(crop.mask(mask, fill), null);
    }
  }
}
