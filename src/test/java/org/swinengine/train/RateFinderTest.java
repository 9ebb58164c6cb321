package org.swinengine.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;

/** The search for a run's highest rate. */
final class RateFinderTest {
  @TempDir
  Path output;

  /**
   * After ten points that do not count: 20 equal losses, 30 that fall, 10 that rise, and five that do not
   * count. The fall, with the last of the equal ones, is points 19 to 49, and fastai's start lies one before
   * its first: 18 + int(31/3) + int(31/6) = 33.
   */
  @Test
  void theRateIsPastTheMiddleOfTheFall() {
    List<Double> rates = new ArrayList<>();
    List<Double> losses = new ArrayList<>();
    for (int i = 0; i < 75; i++) {
      rates.add((double) i);
      int at = i - 10;
      losses.add(at < 20 ? 5.0 : at < 50 ? 5 - (at - 19) * 0.1 : 2 + (at - 49));
    }
    assertEquals(10 + 33, RateFinder.valley(rates, losses));
  }

  @Test
  void lossesThatDoNotFallAreSaid() {
    List<Double> rising = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      rising.add((double) i);
    }
    String message =
        assertThrows(IllegalArgumentException.class, () -> RateFinder.valley(rising, rising)).getMessage();
    assertTrue(message.contains("falls at none of the rates"), message);
  }

  /** The search leaves nothing behind: a run after it has the bits of a run without it. */
  @Test
  void aRunAfterwardsIsAsIfThereHadBeenNone() throws IOException {
    TrainConfig config = Tiny.config(output).toBuilder().tag("plain").epochs(1).build();
    try (Backend backend = Backends.open("cpu", 2)) {
      Path plain = new Trainer(config, Tiny.data(), backend, TrainListener.SILENT).run().folder();
      RateFinder.Found found = RateFinder.find(config, Tiny.data(), backend);
      assertEquals(found, RateFinder.find(config, Tiny.data(), backend), "it is the same each time");
      Path after =
          new Trainer(config.toBuilder().tag("after").build(), Tiny.data(), backend, TrainListener.SILENT)
              .run()
              .folder();
      TrainerTest.assertSameRuns(plain, after);
      assertTrue(found.rate() > 1e-6 && found.rate() < 1, found::toString);
      assertEquals(1e-7, found.rates().get(0));
      assertTrue(found.rates().size() > 50 && found.rates().size() <= 101);
      double least = found.losses().stream().mapToDouble(loss -> loss).min().orElseThrow();
      assertTrue(least < found.losses().get(0), "the loss has fallen");
    }
  }
}
