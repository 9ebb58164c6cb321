package org.swinengine.cli;

import org.swinengine.inference.PixelStatistics;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** How pixels are normalised. */
final class StatisticsOptions {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--mean",
      split = ",",
      hideParamSyntax = true,
      paramLabel = "M[,M,M]",
      description = "Mean of each channel, pixels from 0 to 1; one number stands for all. Default: what the"
          + " weights or the data say.")
  private Float[] mean;

  @Option(
      names = "--std",
      split = ",",
      hideParamSyntax = true,
      paramLabel = "S[,S,S]",
      description = "Standard deviation of each channel, likewise.")
  private Float[] std;

  boolean isGiven() {
    return mean != null || std != null;
  }

  /** What was given. */
  PixelStatistics statistics() {
    return Usage.of(command, () -> PixelStatistics.of(mean, std));
  }
}
