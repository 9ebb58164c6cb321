package org.swinengine.train.settings;

import org.swinengine.optim.Clipping;
import org.swinengine.optim.Optimizers;

/**
 * The optimizer and its rates.
 *
 * @param optimizer what changes the weights
 * @param momentum of those that have one
 * @param learningRate highest learning rate
 * @param minimumRate learning rate at the end of the cosine
 * @param warmupRate learning rate of the first step
 * @param warmupEpochs epochs in which the learning rate rises
 * @param warmupSteps the same in steps; 0: {@code warmupEpochs} says it
 * @param weightDecay decoupled weight decay of weight matrices
 * @param clipNorm largest global gradient norm, or what {@code clipMode} says; 0: no clipping
 * @param clipMode how gradients are bounded
 */
public record Optimization(
    @Setting(
        help = "What changes the weights: adamw, adam, sgd (with Nesterov's momentum), momentum, lamb.",
        usual = "adamw", label = "NAME") Optimizers optimizer,
    @Setting(help = "Momentum of sgd.", usual = "0.9", label = "M", least = 0,
        most = 1 - 0x1p-53) double momentum,
    @Setting(
        help = "Highest learning rate; find: where the loss falls in a range test of 100 steps before the"
            + " run.",
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
        usual = "5", key = "CLIP_GRAD", label = "NORM", least = 0) double clipNorm,
    @Setting(
        help = "What that bounds: norm (of all gradients), value (each of them), or agc (a unit's"
            + " gradients by"
            + " its weights).",
        usual = "norm", label = "MODE") ClipMode clipMode) {
  /** How gradients are bounded. */
  public enum ClipMode {
    /** The global norm. */
    NORM,
    /** Each number. */
    VALUE,
    /** The norm of a unit's gradients, relative to that of its weights. */
    AGC
  }

  /** Checks that no rate is above the highest; messages name the setting. */
  public Optimization {
    Range.require("`minimumRate`", minimumRate, 0, learningRate);
    Range.require("`warmupRate`", warmupRate, 0, learningRate);
  }

  /** How gradients are bounded before a step. */
  public Clipping clipping() {
    if (clipNorm == 0) {
      return Clipping.none();
    }
    return switch (clipMode) {
      case NORM -> Clipping.norm(clipNorm);
      case VALUE -> Clipping.value(clipNorm);
      case AGC -> Clipping.adaptive(clipNorm);
    };
  }
}
