package org.swinengine.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.swinengine.optim.Optimizers;
import org.swinengine.train.TrainConfig;
import picocli.CommandLine;

/** Rates that go by the images of a step, as timm's train.py computes them. */
final class RateOptionsTest {
  @ParameterizedTest
  @CsvSource({
    "--lr-base 0.1,SGD,64,4,0.1",
    "--lr-base 0.1,MOMENTUM,64,1,0.025",
    "--lr-base 1e-3,ADAMW,64,1,5e-4",
    "--lr-base 1e-3,LAMB,1024,1,2e-3",
    "--lr-base 1e-3 --lr-base-scale linear,ADAM,512,1,2e-3",
    "--lr-base 5e-4 --lr-base-size 512 --lr-base-scale linear,ADAMW,128,2,2.5e-4"
  })
  void theRateGrowsWithTheImages(String options, Optimizers optimizer, int batch, int parts, double rate) {
    TrainConfig config =
        TrainConfig.builtIn().toBuilder().set("optimizer", optimizer).batchSize(batch)
            .accumulationSteps(parts)
            .build();
    assertEquals(rate, parsed(options.split(" ")).rate(config), rate * 1e-12);
  }

  @ParameterizedTest
  @CsvSource({"--lr-base 0", "--lr-base -1", "--lr-base NaN", "--lr-base 1 --lr-base-size 0"})
  void whatIsNoRateIsSaid(String options) {
    String message =
        assertThrows(
            IllegalArgumentException.class, () -> parsed(options.split(" ")).rate(TrainConfig.builtIn()))
            .getMessage();
    assertTrue(message.contains("both must be above 0"), message);
  }

  private static RateOptions parsed(String... options) {
    RateOptions rates = new RateOptions();
    new CommandLine(rates).setCaseInsensitiveEnumValuesAllowed(true).parseArgs(options);
    return rates;
  }
}
