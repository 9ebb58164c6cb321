package org.swinengine.metrics;

import java.util.Locale;

/**
 * A number with its 95 % interval.
 *
 * @param key its name, as in JSON: {@code balanced_accuracy}
 * @param value of the samples; NaN where there is no answer
 * @param low the interval's lower end; NaN without one
 * @param high its upper end
 */
public record Figure(String key, double value, double low, double high) {
  /** Without an interval. */
  public static Figure of(String key, double value) {
    return new Figure(key, value, Double.NaN, Double.NaN);
  }

  /** Whether it has an interval. */
  public boolean hasInterval() {
    return !Double.isNaN(low);
  }

  /** Like {@code 0.8123 (0.7991 to 0.8250)}. */
  @Override
  public String toString() {
    String shown = Double.isNaN(value) ? "–" : String.format(Locale.ROOT, "%.4f", value);
    return hasInterval() ? String.format(Locale.ROOT, "%s (%.4f to %.4f)", shown, low, high) : shown;
  }
}
