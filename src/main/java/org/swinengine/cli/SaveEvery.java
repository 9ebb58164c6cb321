package org.swinengine.cli;

import java.util.List;
import org.swinengine.train.TrainConfig;

/**
 * How often a run writes a checkpoint within an epoch: {@code 100}, {@code 100 steps}, {@code 10 minutes},
 * {@code 10minutes}.
 *
 * @param steps 0: not by steps
 * @param minutes 0: not by time
 */
record SaveEvery(int steps, double minutes) {
  private static final String FORM = "(\\d{1,9}) ?(steps?|minutes?|min)?";

  /**
   * Reads the option's words.
   *
   * @throws IllegalArgumentException if they say something else
   */
  static SaveEvery parse(List<String> words) {
    String text = String.join(" ", words);
    if (!text.matches(FORM)) {
      throw new IllegalArgumentException(
          "--save-every is \"" + text
              + "\", but must be a number of steps or minutes: 500 steps, or 10 minutes; data"
              + " stand before it");
    }
    int number = Integer.parseInt(text.replaceAll("\\D", ""));
    return text.contains("min") ? new SaveEvery(0, number) : new SaveEvery(number, 0);
  }

  void applyTo(TrainConfig.Builder builder) {
    builder.saveEverySteps(steps).saveEveryMinutes(minutes);
  }
}
