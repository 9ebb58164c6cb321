package org.swinengine.cli;

import org.swinengine.optim.Optimizers;
import org.swinengine.train.TrainConfig;
import picocli.CommandLine.Option;

/** A learning rate that goes by the images of a step; names and meanings are timm's. */
final class RateOptions {
  /** How a rate grows with the images of a step. */
  enum Scale {
    /** In proportion. */
    LINEAR,
    /** With their square root. */
    SQRT
  }

  @Option(
      names = "--lr-base",
      paramLabel = "R",
      description = "Instead of --lr: the highest rate for a step of --lr-base-size images, scaled to this"
          + " run's (batch times accumulated passes).")
  private Double base;

  @Option(
      names = "--lr-base-size",
      paramLabel = "N",
      defaultValue = "256",
      description = "Images of a step that --lr-base is meant for. Default: ${DEFAULT-VALUE}.")
  private int size;

  @Option(
      names = "--lr-base-scale",
      paramLabel = "linear|sqrt",
      description = "How the rate grows with the images of a step. Default: sqrt for adam, adamw and lamb,"
          + " else linear.")
  private Scale scale;

  boolean isGiven() {
    return base != null;
  }

  /**
   * The rate of a run.
   *
   * @throws IllegalArgumentException if a number is not above 0
   */
  double rate(TrainConfig config) {
    if (!(base > 0 && base < Double.POSITIVE_INFINITY) || size < 1) {
      throw new IllegalArgumentException(
          "--lr-base is " + base + " for --lr-base-size " + size + ", but both must be above 0");
    }
    double ratio = (double) config.imagesPerStep() / size;
    return base * (chosen(config.optimization().optimizer()) == Scale.SQRT ? Math.sqrt(ratio) : ratio);
  }

  private Scale chosen(Optimizers optimizer) {
    if (scale != null) {
      return scale;
    }
    boolean adaptive =
        optimizer == Optimizers.ADAM || optimizer == Optimizers.ADAMW || optimizer == Optimizers.LAMB;
    return adaptive ? Scale.SQRT : Scale.LINEAR;
  }
}
