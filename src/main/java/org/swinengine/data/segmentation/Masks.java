package org.swinengine.data.segmentation;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.swinengine.data.DatasetException;
import org.swinengine.data.RawImage;

/** Masks as bytes, which moves of pictures take. */
final class Masks {
  private Masks() {}

  /**
   * Class numbers as a picture of one channel.
   *
   * @param ignored the number that becomes {@link SegmentationDataset#IGNORED}; null: none
   */
  static RawImage bytes(int height, int width, int[] labels, int from, @Nullable Integer ignored) {
    byte[] bytes = new byte[height * width];
    for (int i = 0; i < bytes.length; i++) {
      int label = labels[from + i];
      bytes[i] = (byte) (ignored != null && label == ignored ? SegmentationDataset.IGNORED : label);
    }
    return new RawImage(height, width, 1, bytes);
  }

  /** Every object is the class 1. */
  static RawImage union(Mask objects) {
    byte[] bytes = new byte[objects.labels().length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (objects.labels()[i] == 0 ? 0 : 1);
    }
    return new RawImage(objects.height(), objects.width(), 1, bytes);
  }

  /** A picture with its mask, whose sizes must agree. */
  static ImageAndMask pair(RawImage image, Object imageName, RawImage mask, Object maskName)
      throws DatasetException {
    if (image.height() != mask.height() || image.width() != mask.width()) {
      throw new DatasetException(
          "The mask " + maskName + " is " + mask.width() + "x" + mask.height() + " pixels large, but its"
              + " picture " + imageName + " is " + image.width() + "x" + image.height()
              + "; a mask needs a class for each pixel.");
    }
    return new ImageAndMask(image, mask);
  }

  /** The classes of a mask's pixels. */
  public static int[] labels(RawImage mask) {
    int[] labels = new int[mask.pixels().length];
    Arrays.setAll(labels, i -> mask.pixels()[i] & 255);
    return labels;
  }
}
