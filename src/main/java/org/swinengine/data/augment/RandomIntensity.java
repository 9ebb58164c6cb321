package org.swinengine.data.augment;

import org.swinengine.data.PixelTransform;
import org.swinengine.data.RawImage;
import org.swinengine.data.SampleRandom;

/**
 * Scales and shifts all values of a picture, of all channels alike, as scanners and staining differ: {@code
 * value × (1 + scale) + 255 × shift}, rounded and cut to 0 to 255. Both are uniform.
 *
 * @param scale largest relative change, at least 0
 * @param shift largest shift as a share of the range from black to white, 0 to 1
 * @param probability that a picture is changed, 0 to 1
 */
public record RandomIntensity(double scale, double shift, double probability) implements PixelTransform {
  /** Checks the ranges. */
  public RandomIntensity {
    Ranges.requireRange("RandomIntensity", "a scale", 0, scale, 0, 100);
    Ranges.requireRange("RandomIntensity", "a shift", 0, shift, 0, 1);
    Ranges.requireProbability("RandomIntensity", probability);
  }

  @Override
  public RawImage apply(RawImage image, SampleRandom random) {
    if (!random.bernoulli(probability)) {
      return image;
    }
    double factor = 1 + random.uniform(-scale, scale);
    double offset = 255 * random.uniform(-shift, shift);
    return changed(image, factor, offset);
  }

  static RawImage changed(RawImage image, double factor, double offset) {
    return Levels.map(image, v -> (int) Math.rint(Math.max(0, Math.min(255, v * factor + offset))));
  }
}
