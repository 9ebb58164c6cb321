package org.swinengine.console;

import java.util.Locale;

/** Durations for people. */
public final class Durations {
  private Durations() {}

  /** {@code 48 s}, {@code 3 min 40 s}, {@code 5 h 12 min}. */
  public static String text(double seconds) {
    long whole = Math.round(Math.max(0, seconds));
    if (whole < 60) {
      return whole + " s";
    }
    return whole < 3600
        ? String.format(Locale.ROOT, "%d min %02d s", whole / 60, whole % 60)
        : String.format(Locale.ROOT, "%d h %02d min", whole / 3600, whole % 3600 / 60);
  }
}
