package org.swinengine.train.settings;

/**
 * What a run minimises.
 *
 * @param loss the kind
 * @param labelSmoothing ε of the smoothed cross-entropy
 * @param focalGamma γ of the focal loss
 * @param classWeights how much classes weigh that there are few of
 * @param sampling how often images come in an epoch
 */
public record LossSettings(
    @Setting(
        help = "What is minimised: cross-entropy, focal (hard images weigh more), or bce, a yes or no"
            + " for each"
            + " class.",
        usual = "cross-entropy", label = "KIND") Kind loss,
    @Setting(
        help = "Smoothing of the labels, 0 to 1; the focal loss has none.",
        usual = "0", label = "E", least = 0, most = 1,
        byDefault = "0 on the built-in images, else 0.1") double labelSmoothing,
    @Setting(
        help = "How much less images weigh that are recognised well, in the focal loss.",
        usual = "2", label = "G", least = 0) double focalGamma,
    @Setting(
        help = "Weights of the classes in the loss: none, balanced (by how few images they have), or"
            + " effective (the same, less steep).",
        usual = "none", label = "KIND") ClassWeighting classWeights,
    @Setting(
        help = "Which images an epoch has: shuffle (each once), or balanced (each class alike often,"
            + " drawn with"
            + " repetition).",
        usual = "shuffle", label = "KIND") Sampling sampling) {
  /** The kinds of losses. */
  public enum Kind {
    /** Of a softmax over the classes. */
    CROSS_ENTROPY,
    /** The same, where what is recognised well weighs less (Lin et al. 2017). */
    FOCAL,
    /** Of a sigmoid for each class, as DeiT III and timm's {@code --bce-loss}. */
    BCE
  }

  /** What classes weigh. */
  public enum ClassWeighting {
    /** All the same. */
    NONE,
    /** {@code n/(classes·count)}. */
    BALANCED,
    /** One over the effective number of images, with β 0.999 (Cui et al. 2019). */
    EFFECTIVE
  }

  /** Which images an epoch has. */
  public enum Sampling {
    /** Each once. */
    SHUFFLE,
    /** As many as there are, drawn so that classes come alike often. */
    BALANCED
  }
}
