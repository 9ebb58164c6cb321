package org.swinengine.data.segmentation;

import java.nio.file.Path;
import org.swinengine.data.DatasetException;
import org.swinengine.data.RawImage;

/**
 * A mask of pictures or volumes whose classes come one after the other, each with a mask of its own. Where a
 * pixel may have one class alone, a second one is an error.
 */
final class ClassStack {
  private final MaskedPair.Reading how;
  private final int height;
  private final int width;

  /** Sets, or where a pixel may have one class alone its number, of which there may be more than bits. */
  private final int[] sets;

  /** The file that gave a class; for messages. */
  private final Path[] files;

  /**
   * @param count pixels, slice by slice
   * @param height of a slice
   * @param width of a slice
   */
  ClassStack(MaskedPair.Reading how, int count, int height, int width) {
    this.how = how;
    this.height = height;
    this.width = width;
    sets = new int[count];
    files = new Path[how.classes().size()];
  }

  /**
   * Adds a class to a pixel.
   *
   * @param number of the class, from 1
   * @param file that says so
   * @throws DatasetException with a sentence that names file, pixel and both classes, if there is another
   *     class and may be one alone
   */
  void add(int pixel, int number, Path file) throws DatasetException {
    files[number] = file;
    int other = sets[pixel];
    if (other < 0 || !how.overlapping() && other == number) {
      return;
    }
    if (how.overlapping()) {
      sets[pixel] = other | 1 << number - 1;
      return;
    }
    if (other != 0) {
      int at = pixel % (height * width);
      String slice = sets.length > height * width ? "in slice " + pixel / (height * width) + " " : "";
      throw new DatasetException(
          "The masks " + files[other] + (file.equals(files[other]) ? "" : " and " + file) + " lie on one"
              + " another " + slice + "at row " + at / width + ", column " + at % width + ": it would be "
              + how.classes().names().get(other) + " and " + how.classes().names().get(number)
              + "; a pixel has one class unless `overlappingLabels` is on.");
    }
    sets[pixel] = number;
  }

  /** Adds all classes of a set, where a pixel may have several. */
  void addAll(int pixel, int set, Path file) throws DatasetException {
    for (int rest = set; rest != 0; rest &= rest - 1) {
      add(pixel, Integer.numberOfTrailingZeros(rest) + 1, file);
    }
  }

  /** Says that a pixel counts nowhere. */
  void ignore(int pixel) {
    sets[pixel] = -1;
  }

  /** Whether a pixel has more than one class. */
  boolean overlaps() {
    for (int set : sets) {
      if (how.overlapping() && set > 0 && Integer.bitCount(set) > 1) {
        return true;
      }
    }
    return false;
  }

  /** As masks keep it. */
  byte[] bytes() {
    byte[] bytes = new byte[Math.multiplyExact(sets.length, how.maskBytes())];
    for (int i = 0; i < sets.length; i++) {
      if (how.overlapping()) {
        ClassSets.put(bytes, how.maskBytes(), i, sets[i]);
      } else {
        bytes[i] = (byte) (sets[i] < 0 ? SegmentationDataset.IGNORED : sets[i]);
      }
    }
    return bytes;
  }

  /** As the mask of a picture. */
  RawImage mask() {
    return new RawImage(height, width, how.maskBytes(), bytes());
  }
}
