package org.swinengine.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.swinengine.weights.RegularFile;

/**
 * What a range test of learning rates saw, as a run's folder keeps it: {@code rates.json}.
 *
 * @param chosen the rate that the run has by it
 * @param rates of its steps, rising
 * @param losses moving averages of their losses, as many
 */
public record RateCurve(double chosen, List<Double> rates, List<Double> losses) {
  private static final String FILE = "rates.json";

  /** Checks that there is a loss for each rate. */
  public RateCurve {
    rates = List.copyOf(rates);
    losses = List.copyOf(losses);
    if (rates.size() != losses.size()) {
      throw new IllegalArgumentException(
          "a range test of " + rates.size() + " rates has " + losses.size() + " losses");
    }
  }

  /**
   * Keeps it in a run's folder.
   *
   * @throws IOException with a sentence for the user if it cannot be written
   */
  public void write(Path folder) throws IOException {
    TextFile.replace(folder.resolve(FILE), StoredRun.JSON.writeValueAsString(this) + "\n");
  }

  /** That of a run's folder; null: the run looked for no rate. */
  static @Nullable RateCurve read(Path folder) throws IOException {
    Path file = folder.resolve(FILE);
    if (!Files.exists(file)) {
      return null;
    }
    try {
      return StoredRun.JSON.readValue(Files.readString(RegularFile.require(file)), RateCurve.class);
    } catch (JsonProcessingException e) {
      throw StoredRun.damaged(file, "without it the page lacks the search for the learning rate", e);
    }
  }
}
