package org.swinengine.data.segmentation;

import org.swinengine.data.RawImage;

/**
 * A picture and the class of each of its pixels.
 *
 * @param image grey or RGB
 * @param mask class numbers, one channel, of the picture's size; {@link SegmentationDataset#IGNORED} where a
 *     pixel counts nowhere. Where a pixel may have several classes, {@link ClassSets}, a channel a byte
 */
public record ImageAndMask(RawImage image, RawImage mask) {
  /** Checks the sizes. */
  public ImageAndMask {
    if (mask.channels() > 5 || mask.height() != image.height() || mask.width() != image.width()) {
      throw new IllegalArgumentException(
          "the mask is " + mask.width() + "x" + mask.height() + "x" + mask.channels()
              + " and the picture " + image.width() + "x" + image.height());
    }
  }

  /** Bytes in memory. */
  long bytes() {
    return (long) image.pixels().length + mask.pixels().length;
  }
}
