package org.swinengine.data;

import java.util.Locale;

/**
 * Which values of samples wider than 8 bits become black and white: of 16-bit grey, as medical pictures and
 * microscopes give it, and of TIFF files of floats. Eight-bit pictures do not know of it.
 *
 * <ul>
 *   <li>{@code full}: all values that the type has, the upper byte of 16 bits; floats from 0 to 1. The
 *       default.
 *   <li>{@code bits:12}: as many significant bits, here 0 to 4095; what is larger is white.
 *   <li>{@code window:LOW:HIGH}: LOW and less is black, HIGH and more white, as radiologists choose it.
 *   <li>{@code percentiles:LOW:HIGH}: a window between two percentiles of all samples of the training part;
 *       {@code percentiles} alone stands for 0.1 and 99.9.
 *   <li>{@code picture:LOW:HIGH}: a window between two percentiles of each picture's own samples, where
 *       exposures differ; {@code picture} alone stands for 0.1 and 99.9.
 * </ul>
 *
 * @param kind which of them
 * @param low number of bits, or the lower end
 * @param high the upper end, 0 where there is none
 */
public record SampleRange(Kind kind, double low, double high) {
  /** The kinds of ranges. */
  public enum Kind {
    /** All values of the type. */
    FULL,
    /** The lower bits. */
    BITS,
    /** From one value to another. */
    WINDOW,
    /** From one percentile of a data set to another; {@link Datasets#open} makes a window of it. */
    PERCENTILES,
    /** From one percentile of a picture to another; {@link ImageDecoder} makes a window of it. */
    PICTURE
  }

  /** All values of the type. */
  public static final SampleRange FULL = new SampleRange(Kind.FULL, 0, 0);

  private static final String FORMS =
      "full, bits:N, window:LOW:HIGH, percentiles[:LOW:HIGH] or picture[:LOW:HIGH]";

  /** Checks the numbers. */
  public SampleRange {
    if (kind == Kind.BITS && !(low >= 1 && low <= 32 && low == Math.rint(low))) {
      throw new IllegalArgumentException(
          "`sampleRange` has " + number(low) + " significant bits, but must have 1 to 32");
    }
    if (kind == Kind.WINDOW && !(low < high && Double.isFinite(high - low))) {
      throw new IllegalArgumentException(
          "`sampleRange` is the window from " + number(low) + " to " + number(high)
              + ", but must go from a lower value to a higher");
    }
    boolean percentiles = kind == Kind.PERCENTILES || kind == Kind.PICTURE;
    if (percentiles && !(low >= 0 && low < high && high <= 100)) {
      throw new IllegalArgumentException(
          "`sampleRange` goes from percentile " + number(low) + " to " + number(high)
              + ", but must go from a lower to a higher one between 0 and 100");
    }
  }

  /** From one value to another. */
  public static SampleRange window(double low, double high) {
    return new SampleRange(Kind.WINDOW, low, high);
  }

  /** The lower bits. */
  public static SampleRange bits(int count) {
    return new SampleRange(Kind.BITS, count, 0);
  }

  /**
   * Reads what {@link #toString} writes.
   *
   * @throws IllegalArgumentException with a sentence that says what is allowed
   */
  public static SampleRange of(String text) {
    String[] parts = text.strip().toLowerCase(Locale.ROOT).split(":", -1);
    try {
      if (parts.length == 1 && parts[0].equals("full")) {
        return FULL;
      }
      if (parts.length == 2 && parts[0].equals("bits")) {
        return bits(Integer.parseInt(parts[1]));
      }
      if (parts.length == 3 && parts[0].equals("window")) {
        return window(Double.parseDouble(parts[1]), Double.parseDouble(parts[2]));
      }
      if (parts[0].equals("percentiles") || parts[0].equals("picture")) {
        Kind kind = Kind.valueOf(parts[0].toUpperCase(Locale.ROOT));
        if (parts.length == 1) {
          return new SampleRange(kind, 0.1, 99.9);
        }
        if (parts.length == 3) {
          return new SampleRange(kind, Double.parseDouble(parts[1]), Double.parseDouble(parts[2]));
        }
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw new IllegalArgumentException("`sampleRange` is " + text + ", but must be " + FORMS);
  }

  /** The level of a sample of an integer type, 0 to 255. */
  int level(int sample, int bits) {
    return switch (kind) {
      case FULL -> bits >= 8 ? sample >>> bits - 8 & 255 : sample * 255 / ((1 << bits) - 1);
      case BITS -> significant(Integer.toUnsignedLong(sample));
      case WINDOW -> inWindow(sample);
      case PERCENTILES, PICTURE -> throw unresolved();
    };
  }

  /** The level of a float, 0 to 255; of not-a-number 0. */
  int level(float sample) {
    return switch (kind) {
      case FULL -> fraction(sample);
      case WINDOW -> inWindow(sample);
      case BITS -> significant((long) Math.max(0, sample));
      case PERCENTILES, PICTURE -> throw unresolved();
    };
  }

  private int significant(long sample) {
    long highest = (1L << (int) low) - 1;
    long kept = Math.min(sample, highest);
    return (int) (low >= 8 ? kept >>> (int) low - 8 : kept * 255 / highest);
  }

  private int inWindow(double sample) {
    return fraction((sample - low) / (high - low));
  }

  private static int fraction(double part) {
    return part >= 1 ? 255 : part > 0 ? (int) (part * 255 + 0.5) : 0;
  }

  private static IllegalStateException unresolved() {
    return new IllegalStateException(
        "`sampleRange` is percentiles, which a data set has and a picture of its own does not; give a"
            + " window");
  }

  static String number(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? Long.toString((long) value)
        : Double.toString(value);
  }

  @Override
  public String toString() {
    String name = kind.name().toLowerCase(Locale.ROOT);
    return switch (kind) {
      case FULL -> name;
      case BITS -> name + ":" + number(low);
      case WINDOW, PERCENTILES, PICTURE -> name + ":" + number(low) + ":" + number(high);
    };
  }
}
