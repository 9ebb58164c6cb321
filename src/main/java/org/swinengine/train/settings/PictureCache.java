package org.swinengine.train.settings;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.swinengine.data.Dataset;
import org.swinengine.data.DecodedCache;
import org.swinengine.data.segmentation.SegmentationDataset;

/**
 * How many bytes of decoded pictures a run keeps in memory, so that later epochs do not decode them again. It
 * changes no bit of the result.
 *
 * @param text as a user writes it: off, auto (a quarter of the heap), or a number with KB, MB or GB
 * @param bytes most bytes; 0: none are kept
 */
public record PictureCache(String text, long bytes) {
  private static final Pattern SIZE = Pattern.compile("(\\d{1,12}(?:\\.\\d{1,6})?)\\s*([kmg]?)(?:i?b)?");

  /**
   * What a user wrote.
   *
   * @throws IllegalArgumentException saying what is allowed
   */
  public static PictureCache of(String text) {
    String given = text.strip().toLowerCase(Locale.ROOT);
    if (given.equals("off")) {
      return new PictureCache(given, 0);
    }
    if (given.equals("auto")) {
      return new PictureCache(given, Runtime.getRuntime().maxMemory() / 4);
    }
    Matcher size = SIZE.matcher(given);
    if (!size.matches()) {
      throw new IllegalArgumentException(
          "`cache` is " + text + ", but must be auto, off or a size such as 500MB or 2GB");
    }
    double unit = switch (size.group(2)) {
      case "k" -> 1L << 10;
      case "m" -> 1L << 20;
      case "g" -> 1L << 30;
      default -> 1;
    };
    return new PictureCache(given, (long) (Double.parseDouble(size.group(1)) * unit));
  }

  /**
   * A part of the data with its share of the memory; itself, where its pictures lie in memory already.
   *
   * @param all images of all parts
   */
  public Dataset around(Dataset part, long all) {
    long share = (long) ((double) bytes * part.size() / Math.max(1, all));
    if (share > 0 && part instanceof SegmentationDataset masked) {
      return masked.cached(share);
    }
    return share == 0 || part.isDecoded() ? part : new DecodedCache(part, share);
  }
}
