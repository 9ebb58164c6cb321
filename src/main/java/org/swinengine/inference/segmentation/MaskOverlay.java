package org.swinengine.inference.segmentation;

import org.swinengine.data.RawImage;
import org.swinengine.data.segmentation.ClassTable;
import org.swinengine.data.segmentation.SegmentationDataset;
import org.swinengine.metrics.segmentation.LabelKind;

/** Pictures with what was found in them, in the classes' colours. */
public final class MaskOverlay {
  /** Of a colour above the picture. */
  private static final double OPACITY = 0.5;

  private static final int WRONG = 0xE03030;
  private static final int MISSED = 0x3070F0;
  private static final int RIGHT = 0x30B050;
  private static final int IGNORED = 0x808080;

  private MaskOverlay() {}

  private interface Colour {
    /** 0xRRGGBB, or −1 where the picture stays as it is. */
    int of(int pixel);
  }

  /** The picture with class numbers over it. */
  public static RawImage of(RawImage image, byte[] labels, ClassTable classes) {
    return of(LabelKind.NUMBERS, image, labels, classes);
  }

  /**
   * The picture with all classes but the background in their colours. Where pixels may have several, the mean
   * of their colours is over the picture, and the edge of each class in its own.
   *
   * @param kind what labels say
   * @param labels of all pixels, of the picture's size
   */
  public static RawImage of(LabelKind kind, RawImage image, byte[] labels, ClassTable classes) {
    if (kind == LabelKind.SETS) {
      return new SetOverlay(image, labels, classes).painted();
    }
    return painted(
        image, labels,
        i -> {
          int label = labels[i] & 255;
          return label == 0 ? -1 : label == SegmentationDataset.IGNORED ? IGNORED : classes.colour(label);
        });
  }

  /** The difference of class numbers. */
  public static RawImage difference(RawImage image, byte[] prediction, byte[] truth) {
    return difference(LabelKind.NUMBERS, image, prediction, truth);
  }

  /** Where prediction and truth agree but for the background green, found wrongly red, missed blue. */
  public static RawImage difference(LabelKind kind, RawImage image, byte[] prediction, byte[] truth) {
    if (kind == LabelKind.SETS) {
      return differenceOfSets(image, prediction, truth);
    }
    return painted(
        image, prediction,
        i -> {
          int real = truth[i] & 255;
          if (real == SegmentationDataset.IGNORED) {
            return IGNORED;
          }
          if (prediction[i] == truth[i]) {
            return real == 0 ? -1 : RIGHT;
          }
          return prediction[i] != 0 ? WRONG : MISSED;
        });
  }

  /** What has a class too many is red, whatever else it lacks. */
  private static RawImage differenceOfSets(RawImage image, byte[] prediction, byte[] truth) {
    int pixels = image.height() * image.width();
    int[] said = new int[pixels];
    int[] real = new int[pixels];
    LabelMaps.unpack(LabelKind.SETS, prediction, pixels, said, 0);
    LabelMaps.unpack(LabelKind.SETS, truth, pixels, real, 0);
    return painted(
        image, pixels,
        i -> real[i] < 0 ? IGNORED
            : said[i] == real[i] ? real[i] == 0 ? -1 : RIGHT
                : (said[i] & ~real[i]) != 0 ? WRONG : MISSED);
  }

  private static RawImage painted(RawImage image, byte[] labels, Colour colour) {
    if (labels.length != image.height() * image.width()) {
      throw new IllegalArgumentException(
          labels.length + " classes are not one for each pixel of " + image.width() + "x" + image.height());
    }
    return painted(image, labels.length, colour);
  }

  private static RawImage painted(RawImage image, int count, Colour colour) {
    byte[] pixels = image.withChannels(3).pixels().clone();
    for (int i = 0; i < count; i++) {
      int rgb = colour.of(i);
      for (int band = 0; rgb >= 0 && band < 3; band++) {
        int own = pixels[3 * i + band] & 255;
        int painted = rgb >> 16 - 8 * band & 255;
        pixels[3 * i + band] = (byte) Math.round(own * (1 - OPACITY) + painted * OPACITY);
      }
    }
    return new RawImage(image.height(), image.width(), 3, pixels);
  }
}
