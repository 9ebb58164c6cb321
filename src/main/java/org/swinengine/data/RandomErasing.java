package org.swinengine.data;

/**
 * Overwrites a random rectangle of the normalised image: timm's {@code RandomErasing} with one rectangle
 * (Zhong et al., "Random erasing data augmentation", 2017). Works on floats, so it is the last step of a
 * pipeline.
 *
 * @param probability that a sample is touched at all, 0 to 1
 * @param minArea smallest share of the area, e.g. 0.02
 * @param maxArea largest share of the area, e.g. 1/3
 * @param minAspect smallest aspect ratio (height / width), e.g. 0.3; the largest is its inverse
 * @param fill what is written
 */
public record RandomErasing(double probability, double minArea, double maxArea, double minAspect, Fill fill) {
  /** What a rectangle is filled with. */
  public enum Fill {
    /** 0, the mean after normalisation; timm's mode "const". */
    ZERO,
    /** Normal noise, another number for each value; timm's mode "pixel", with which Swin was trained. */
    NOISE
  }

  private static final int ATTEMPTS = 10;

  /** Checks the ranges. */
  public RandomErasing {
    boolean ranges = minArea > 0 && maxArea >= minArea && maxArea <= 1 && minAspect > 0 && minAspect <= 1;
    if (!(probability >= 0 && probability <= 1) || !ranges) {
      throw new IllegalArgumentException(
          "RandomErasing with probability " + probability + ", area " + minArea + " to " + maxArea
              + ", aspect "
              + minAspect + ": shares must lie in 0 to 1 and ascend");
    }
  }

  /** timm's ranges and Swin's fill: an area of 0.02 to 1/3, an aspect ratio of 0.3 to 1/0.3, noise. */
  public static RandomErasing standard(double probability) {
    return new RandomErasing(probability, 0.02, 1.0 / 3, 0.3, Fill.NOISE);
  }

  /** Changes the CHW image that begins at {@code offset}. */
  void apply(float[] image, int offset, int channels, int height, int width, SampleRandom random) {
    if (!random.bernoulli(probability)) {
      return;
    }
    double logMin = StrictMath.log(minAspect);
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      double target = random.uniform(minArea, maxArea) * height * width;
      double aspect = StrictMath.exp(random.uniform(logMin, -logMin));
      int h = (int) Math.rint(Math.sqrt(target * aspect));
      int w = (int) Math.rint(Math.sqrt(target / aspect));
      if (h < height && w < width) {
        int top = random.uniformInt(height - h + 1);
        int left = random.uniformInt(width - w + 1);
        for (int c = 0; c < channels; c++) {
          for (int y = top; y < top + h; y++) {
            int row = offset + (c * height + y) * width;
            for (int x = left; x < left + w; x++) {
              image[row + x] = fill == Fill.ZERO ? 0 : random.normal();
            }
          }
        }
        return;
      }
    }
  }
}
