package org.swinengine.data.augment;

import org.swinengine.data.DrawnTransform;
import org.swinengine.data.SampleRandom;

/**
 * An operation in one of timm's policies; its {@code AugmentOp}.
 *
 * @param operation what is done
 * @param probability that it is done, 0 to 1
 * @param level how much, at least 0; most operations know 0 to 10
 * @param deviation of the normal noise that is added to the level; infinite for a uniform level from 0 on
 * @param most the level is at most this
 */
record LeveledOperation(
    TimmOperation operation, double probability, double level, double deviation, double most) {
  /** timm's {@code _LEVEL_DENOM}. */
  static final double USUAL_MOST = 10;

  DrawnTransform draw(int height, int width, Painting painting, SampleRandom random) {
    if (!random.bernoulli(probability)) {
      return DrawnTransform.NOTHING;
    }
    double drawn = level;
    if (deviation == Double.POSITIVE_INFINITY) {
      drawn = random.uniform(0, level);
    } else if (deviation > 0) {
      drawn += deviation * random.normal();
    }
    return operation.draw(Math.max(0, Math.min(drawn, most)), height, width, painting, random);
  }
}
