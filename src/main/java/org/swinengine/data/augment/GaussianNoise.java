package org.swinengine.data.augment;

import org.swinengine.data.PixelTransform;
import org.swinengine.data.RawImage;
import org.swinengine.data.SampleRandom;

/**
 * Adds normal noise to every value, another number for each channel, rounded and cut to 0 to 255.
 *
 * @param minSigma smallest deviation as a share of the range from black to white, at least 0
 * @param maxSigma largest deviation; uniform between
 * @param probability that a picture is changed, 0 to 1
 */
public record GaussianNoise(double minSigma, double maxSigma, double probability) implements PixelTransform {
  /** Checks the ranges. */
  public GaussianNoise {
    Ranges.requireRange("GaussianNoise", "deviation", minSigma, maxSigma, 0, 1);
    Ranges.requireProbability("GaussianNoise", probability);
  }

  @Override
  public RawImage apply(RawImage image, SampleRandom random) {
    if (!random.bernoulli(probability)) {
      return image;
    }
    double sigma = 255 * random.uniform(minSigma, maxSigma);
    byte[] in = image.pixels();
    byte[] out = new byte[in.length];
    for (int i = 0; i < in.length; i++) {
      double value = (in[i] & 255) + sigma * random.normal();
      out[i] = (byte) Math.max(0, Math.min(255, (int) Math.rint(value)));
    }
    return new RawImage(image.height(), image.width(), image.channels(), out);
  }
}
