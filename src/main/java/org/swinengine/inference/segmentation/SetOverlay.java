package org.swinengine.inference.segmentation;

import org.swinengine.data.RawImage;
import org.swinengine.data.segmentation.ClassTable;
import org.swinengine.metrics.segmentation.LabelKind;

/** A picture with classes that may lie on one another. */
final class SetOverlay {
  /** Of the classes' mean colour above the picture. */
  private static final double OPACITY = 0.4;

  private static final int IGNORED = 0x808080;

  private final RawImage image;
  private final ClassTable classes;
  private final int[] sets;

  SetOverlay(RawImage image, byte[] labels, ClassTable classes) {
    this.image = image;
    this.classes = classes;
    sets = new int[image.height() * image.width()];
    LabelMaps.unpack(LabelKind.SETS, labels, sets.length, sets, 0);
  }

  RawImage painted() {
    byte[] pixels = image.withChannels(3).pixels().clone();
    for (int i = 0; i < sets.length; i++) {
      int edge = edge(i);
      for (int band = 0; sets[i] != 0 && band < 3; band++) {
        int own = pixels[3 * i + band] & 255;
        int shift = 16 - 8 * band;
        double painted =
            edge >= 0 ? edge >> shift & 255 : own * (1 - OPACITY) + mean(sets[i], shift) * OPACITY;
        pixels[3 * i + band] = (byte) Math.round(painted);
      }
    }
    return new RawImage(image.height(), image.width(), 3, pixels);
  }

  private double mean(int set, int shift) {
    if (set < 0) {
      return IGNORED >> shift & 255;
    }
    int sum = 0;
    for (int number = 1; number < classes.size(); number++) {
      sum += LabelKind.SETS.has(set, number) ? classes.colour(number) >> shift & 255 : 0;
    }
    return (double) sum / Integer.bitCount(set);
  }

  /** The colour of a class that ends at a pixel; where several do they take turns. −1: none does. */
  private int edge(int i) {
    if (sets[i] <= 0) {
      return -1;
    }
    int width = image.width();
    int row = i / width;
    int column = i % width;
    int around =
        at(row - 1, column, i) & at(row + 1, column, i) & at(row, column - 1, i) & at(row, column + 1, i);
    int ending = sets[i] & ~around;
    int turn = ending == 0 ? 0 : (row + column) % Integer.bitCount(ending);
    for (int number = 1; number < classes.size(); number++) {
      if (LabelKind.SETS.has(ending, number) && turn-- == 0) {
        return classes.colour(number);
      }
    }
    return -1;
  }

  /** Beyond the picture nothing ends. */
  private int at(int row, int column, int otherwise) {
    boolean inside = row >= 0 && row < image.height() && column >= 0 && column < image.width();
    int set = sets[inside ? row * image.width() + column : otherwise];
    return set < 0 ? sets[otherwise] : set;
  }
}
