package org.swinengine.data.augment;

import org.swinengine.data.DrawnTransform;
import org.swinengine.data.GeometricTransform;
import org.swinengine.data.SampleRandom;
import org.swinengine.data.Turn;

/**
 * Mirrors left and right with a probability.
 *
 * @param probability 0 to 1
 */
public record RandomHorizontalFlip(double probability) implements GeometricTransform {
  /** Checks the range. */
  public RandomHorizontalFlip {
    Ranges.requireProbability("RandomHorizontalFlip", probability);
  }

  @Override
  public DrawnTransform draw(int height, int width, SampleRandom random) {
    return random.bernoulli(probability) ? Turn.MIRRORED : DrawnTransform.NOTHING;
  }
}
