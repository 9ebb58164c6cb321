package org.swinengine.train;

import org.swinengine.data.SampleRange;
import org.swinengine.inference.PixelStatistics;
import org.swinengine.train.tuning.Range;

/**
 * How image files become numbers.
 *
 * @param cropRatio part of a validation image's side that is used, 1 for all of it
 * @param statistics mean and deviation of the pixels, where they are given
 * @param sampleRange what becomes of samples wider than 8 bits when image files are decoded
 */
public record PictureSettings(double cropRatio, PixelStatistics statistics, SampleRange sampleRange) {
  /** Checks the range; the message names the setting. */
  public PictureSettings {
    Range.require("`cropRatio`", cropRatio, Double.MIN_NORMAL, 1);
  }
}
