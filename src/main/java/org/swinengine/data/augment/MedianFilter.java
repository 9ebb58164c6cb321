package org.swinengine.data.augment;

import org.swinengine.data.PixelTransform;
import org.swinengine.data.RawImage;
import org.swinengine.data.SampleRandom;

/**
 * Takes away single pixels of noise, as Pillow's {@code MedianFilter} does: each value becomes the median of
 * a square around it. No chance is in it; it may stand in evaluation pipelines as well.
 *
 * @param size side of the square in pixels, odd, 3 to 99
 */
public record MedianFilter(int size) implements PixelTransform {
  /** Checks the size. */
  public MedianFilter {
    if (size < 3 || size % 2 == 0 || size > 99) {
      throw new IllegalArgumentException("MedianFilter of size " + size + ": must be odd, from 3 to 99");
    }
  }

  @Override
  public RawImage apply(RawImage image, SampleRandom random) {
    return Filters.median(image, size);
  }
}
