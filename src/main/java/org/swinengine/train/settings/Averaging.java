package org.swinengine.train.settings;

import org.jspecify.annotations.Nullable;
import org.swinengine.optim.WeightAverage;

/**
 * An average of the weights, which is evaluated and saved in their place (timm's {@code --model-ema}).
 *
 * @param modelEmaDecay share of the average that stays at each step; 0: no average
 * @param modelEmaWarmup whether the share grows with the steps
 */
public record Averaging(
    @Setting(
        help = "Evaluate and save an exponential moving average of the weights, of which this share stays at"
            + " each step, such as 0.999; 0: none.",
        usual = "0", label = "D", least = 0, most = 1 - 0x1p-53) double modelEmaDecay,
    @Setting(help = "Let that share grow from 0, for short runs.", usual = "false") boolean modelEmaWarmup) {
  /** The average's options; null: there is none. */
  public WeightAverage.@Nullable Options options() {
    if (modelEmaDecay == 0) {
      return null;
    }
    WeightAverage.Options options = WeightAverage.Options.of(modelEmaDecay);
    return modelEmaWarmup ? options.warmingUp() : options;
  }
}
