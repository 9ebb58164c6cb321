package org.swinengine.data.augment;

import org.swinengine.data.DrawnTransform;
import org.swinengine.data.GeometricTransform;
import org.swinengine.data.SampleRandom;
import org.swinengine.data.Turn;

/**
 * Puts the bottom on top with a probability.
 *
 * @param probability 0 to 1
 */
public record RandomVerticalFlip(double probability) implements GeometricTransform {
  /** Checks the range. */
  public RandomVerticalFlip {
    Ranges.requireProbability("RandomVerticalFlip", probability);
  }

  @Override
  public DrawnTransform draw(int height, int width, SampleRandom random) {
    return random.bernoulli(probability) ? Turn.FLIPPED : DrawnTransform.NOTHING;
  }
}
