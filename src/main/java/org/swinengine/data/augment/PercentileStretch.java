package org.swinengine.data.augment;

import org.swinengine.data.PixelTransform;
import org.swinengine.data.RawImage;
import org.swinengine.data.SampleRandom;

/**
 * Makes a percentile of each picture's own values black and another white, channel by channel, against
 * differences of exposure: Pillow's {@code ImageOps.autocontrast} with a cutoff. No chance is in it; it may
 * stand in evaluation pipelines as well.
 *
 * @param low percentage of the pixels that become black at most, 0 to 100
 * @param high percentage of the pixels that become white at most; together with {@code low} below 100
 */
public record PercentileStretch(double low, double high) implements PixelTransform {
  /** Checks the ranges. */
  public PercentileStretch {
    if (!(low >= 0 && high >= 0 && low + high < 100)) {
      throw new IllegalArgumentException(
          "PercentileStretch of " + low + " and " + high
              + " percent: must be at least 0 and together below 100");
    }
  }

  @Override
  public RawImage apply(RawImage image, SampleRandom random) {
    return Levels.autocontrast(image, low, high);
  }
}
