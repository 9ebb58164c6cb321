package org.swinengine.data.augment;

import org.swinengine.data.PixelTransform;
import org.swinengine.data.RawImage;
import org.swinengine.data.SampleRandom;

/**
 * Blurs with a Gaussian whose deviation is uniform in a range: torchvision's {@code GaussianBlur}. Pictures
 * have its bytes but where its single precision rounds the other way.
 *
 * @param size of the kernel in pixels, odd; 23 for SimCLR at 224
 * @param minSigma smallest deviation in pixels, above 0; torchvision's default is 0.1
 * @param maxSigma largest deviation; torchvision's default is 2
 * @param probability that a picture is blurred, 0 to 1; torchvision blurs always
 */
public record GaussianBlur(int size, double minSigma, double maxSigma, double probability)
    implements PixelTransform {
  /** Checks the ranges. */
  public GaussianBlur {
    if (size < 1 || size % 2 == 0) {
      throw new IllegalArgumentException("GaussianBlur of size " + size + ": must be odd and positive");
    }
    Ranges.requireRange("GaussianBlur", "deviation", minSigma, maxSigma, Double.MIN_NORMAL, 1e3);
    Ranges.requireProbability("GaussianBlur", probability);
  }

  @Override
  public RawImage apply(RawImage image, SampleRandom random) {
    return random.bernoulli(probability)
        ? Filters.gaussianBlur(image, size, random.uniform(minSigma, maxSigma))
        : image;
  }
}
