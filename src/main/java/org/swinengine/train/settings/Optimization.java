package org.swinengine.train.settings;

/**
 * AdamW's settings and its schedule.
 *
 * @param learningRate highest learning rate
 * @param minimumRate learning rate at the end of the cosine
 * @param warmupRate learning rate of the first step
 * @param warmupEpochs epochs in which the learning rate rises
 * @param warmupSteps the same in steps; 0: {@code warmupEpochs} says it
 * @param weightDecay decoupled weight decay of weight matrices
 * @param clipNorm largest global gradient norm; 0: no clipping
 */
public record Optimization(
    @Setting(
        help = "Highest learning rate.",
        usual = "", key = "BASE_LR", label = "R", least = Double.MIN_NORMAL,
        byDefault = "3e-3 on the built-in images; else 5e-4 for 512 images a step, in proportion; 1e-3"
            + " where a head alone learns") double learningRate,
    @Setting(
        help = "Learning rate at the end; the highest for one that is constant.",
        usual = "", key = "MIN_LR", label = "R", least = 0,
        byDefault = "0 on the built-in images, else a hundredth of the highest") double minimumRate,
    @Setting(
        help = "Learning rate of the first step.",
        usual = "", key = "WARMUP_LR", label = "R", least = 0,
        byDefault = "3e-5 on the built-in images, else a thousandth of the highest") double warmupRate,
    @Setting(
        help = "Epochs in which the rate rises.",
        usual = "", label = "N", least = 0, byDefault = "a twentieth of all") double warmupEpochs,
    @Setting(
        help = "The same in steps.",
        usual = "0", least = 0, byDefault = "100 on the built-in images") int warmupSteps,
    @Setting(
        help = "Decoupled weight decay of weight matrices.",
        usual = "0.05", label = "W", least = 0) double weightDecay,
    @Setting(
        help = "Largest gradient norm; 0: any.",
        usual = "5", key = "CLIP_GRAD", label = "NORM", least = 0) double clipNorm) {
  /** Checks that no rate is above the highest; messages name the setting. */
  public Optimization {
    Range.require("`minimumRate`", minimumRate, 0, learningRate);
    Range.require("`warmupRate`", warmupRate, 0, learningRate);
  }
}
