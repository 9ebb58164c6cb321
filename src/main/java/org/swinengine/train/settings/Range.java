package org.swinengine.train.settings;

import java.util.Locale;

/** Checks of settings, with a sentence that names the setting. */
public final class Range {
  private Range() {}

  /** @throws IllegalArgumentException if a setting is below its least value */
  public static void requireAtLeast(String what, long value, long least) {
    if (value < least) {
      throw new IllegalArgumentException(what + " is " + value + ", but must be at least " + least);
    }
  }

  /**
   * @param least {@link Double#MIN_NORMAL}: anything above 0
   * @param most {@link Double#MAX_VALUE}: any number
   * @throws IllegalArgumentException if a setting is outside its range
   */
  public static void require(String what, double value, double least, double most) {
    if (!(value >= least && value <= most)) {
      String range =
          most == Double.MAX_VALUE ? (least == 0 ? "at least 0" : "above 0")
              : (least == Double.MIN_NORMAL ? "above 0 and at most " : "from " + shown(least) + " to ")
                  + shown(most);
      throw new IllegalArgumentException(what + " is " + shown(value) + ", but must be " + range);
    }
  }

  /** A number without zeros at its end. */
  public static String shown(double value) {
    return String.format(Locale.ROOT, "%.6g", value).replaceFirst("\\.?0+$", "");
  }
}
