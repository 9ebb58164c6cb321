package org.swinengine.data.augment;

import org.swinengine.data.PixelTransform;
import org.swinengine.data.RawImage;
import org.swinengine.data.SampleRandom;

/**
 * Applies one operation with an argument that is uniform in a range: gamma, sharpness, blur and others, as
 * medical pictures are varied.
 *
 * <pre>{@code new RandomVariation(PixelOperation.GAMMA, 0.7, 1.5, 0.5)}</pre>
 *
 * @param operation what is done
 * @param from smallest argument
 * @param to largest argument
 * @param probability that a picture is changed, 0 to 1
 */
public record RandomVariation(PixelOperation operation, double from, double to, double probability)
    implements PixelTransform {
  /** Checks the ranges. */
  public RandomVariation {
    operation.requireArgument(from);
    operation.requireArgument(to);
    Ranges.requireRange("RandomVariation", "arguments", from, to, -1e6, 1e6);
    Ranges.requireProbability("RandomVariation", probability);
  }

  @Override
  public RawImage apply(RawImage image, SampleRandom random) {
    return random.bernoulli(probability) ? operation.apply(image, random.uniform(from, to)) : image;
  }
}
