package org.swinengine.data.segmentation;

import java.nio.file.Path;
import java.util.Arrays;
import org.swinengine.data.DatasetException;
import org.swinengine.data.SampleRange;

/** A volume's values as 8-bit grey. */
public final class GreyValues {
  private GreyValues() {}

  /**
   * Levels of values; what is no number is black.
   *
   * @param range {@code full}: from the least to the largest; a window; or percentiles of this volume
   * @param file for messages
   * @throws DatasetException if the range is one that volumes do not have
   */
  public static byte[] of(float[] values, SampleRange range, Path file) throws DatasetException {
    double low = range.low();
    double high = range.high();
    switch (range.kind()) {
      case WINDOW -> {
        // As it is.
      }
      case FULL -> {
        low = Double.POSITIVE_INFINITY;
        high = Double.NEGATIVE_INFINITY;
        for (float value : values) {
          if (Float.isFinite(value)) {
            low = Math.min(low, value);
            high = Math.max(high, value);
          }
        }
      }
      case PICTURE -> {
        float[] sorted = values.clone();
        Arrays.sort(sorted);
        low = sorted[(int) Math.round(range.low() / 100 * (sorted.length - 1))];
        high = sorted[(int) Math.round(range.high() / 100 * (sorted.length - 1))];
      }
      default -> throw new DatasetException(
          "`sampleRange` is " + range + ", which the volume " + file
              + " cannot have; choose full, window:LOW:HIGH or picture:LOW:HIGH.");
    }
    byte[] grey = new byte[values.length];
    double scale = high > low ? 255 / (high - low) : 0;
    for (int i = 0; i < grey.length; i++) {
      double level = (values[i] - low) * scale + 0.5;
      grey[i] = (byte) (level >= 255 ? 255 : level > 0 ? (int) level : 0);
    }
    return grey;
  }
}
