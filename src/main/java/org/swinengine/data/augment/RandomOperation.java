package org.swinengine.data.augment;

import org.swinengine.data.PixelTransform;
import org.swinengine.data.RawImage;
import org.swinengine.data.SampleRandom;

/**
 * Applies one operation with a fixed argument to some pictures: torchvision's {@code RandomInvert}, {@code
 * RandomPosterize}, {@code RandomSolarize}, {@code RandomAdjustSharpness}, {@code RandomAutocontrast}, {@code
 * RandomEqualize} and {@code RandomGrayscale}.
 *
 * @param operation what is done
 * @param argument what the operation says it means
 * @param probability that a picture is changed, 0 to 1
 */
public record RandomOperation(PixelOperation operation, double argument, double probability)
    implements PixelTransform {
  /** Checks the ranges. */
  public RandomOperation {
    operation.requireArgument(argument);
    Ranges.requireProbability("RandomOperation", probability);
  }

  /** Always, without an argument. */
  public static RandomOperation always(PixelOperation operation) {
    return new RandomOperation(operation, 0, 1);
  }

  @Override
  public RawImage apply(RawImage image, SampleRandom random) {
    return random.bernoulli(probability) ? operation.apply(image, argument) : image;
  }
}
