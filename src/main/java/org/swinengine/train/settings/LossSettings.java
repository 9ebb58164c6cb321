package org.swinengine.train.settings;

/**
 * What a run minimises.
 *
 * @param task what is learnt
 * @param loss the kind
 * @param labelSmoothing ε of the smoothed cross-entropy
 * @param focalGamma γ of the focal loss
 * @param classWeights how much classes weigh that there are few of
 * @param sampling how often images come in an epoch
 * @param teacher weights of a model whose answers are learnt from, a file or a published name; empty: none
 * @param distillationType how they are learnt from
 * @param distillationAlpha share of the distillation in the loss
 * @param distillationTau τ of soft distillation
 */
public record LossSettings(
    @Setting(
        help = "What is learnt of an image: classify (its one class), multi-label (any number of classes),"
            + " segment (the class of each pixel), or auto: what the model and the data are made for.",
        usual = "auto", label = "TASK") TaskKind task,
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
        usual = "shuffle", label = "KIND") Sampling sampling,
    @Setting(
        help = "A trained model of the same classes and images whose answers are learnt from too: a file or"
            + " a published name. Goes with `distillationType`.",
        usual = "", label = "FILE|NAME", changesResult = false) String teacher,
    @Setting(
        help = "How the `teacher` is learnt from: none, soft (its probabilities) or hard (its first"
            + " class).",
        usual = "none", label = "KIND") Distillation distillationType,
    @Setting(
        help = "Share of the `teacher` in the loss; the labels have the rest.",
        usual = "0.5", label = "A", least = 0, most = 1) double distillationAlpha,
    @Setting(
        help = "Temperature of soft distillation.",
        usual = "1", label = "T", least = Double.MIN_NORMAL) double distillationTau) {
  /** Checks that a teacher has something to do. */
  public LossSettings {
    if (teacher.isEmpty() != (distillationType == Distillation.NONE)) {
      throw new IllegalArgumentException(
          teacher.isEmpty()
              ? "`distillationType` says how to learn from a `teacher`; name one"
              : "`teacher` is given, but `distillationType` is none; choose soft or hard");
    }
  }

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

  /** How a teacher is learnt from; names are those of DeiT's code. */
  public enum Distillation {
    /** Not at all. */
    NONE,
    /** By its probabilities at a temperature (Hinton et al. 2015). */
    SOFT,
    /** By the class that it would choose (Touvron et al. 2021). */
    HARD
  }

  /** Which images an epoch has. */
  public enum Sampling {
    /** Each once. */
    SHUFFLE,
    /** As many as there are, drawn so that classes come alike often. */
    BALANCED
  }

  /**
   * Mixed images belong to two classes, which weights of one class and the focal loss know nothing of.
   *
   * @throws IllegalArgumentException if the two do not go together
   */
  public void requireFitting(Mixing mixing) {
    if (mixing.isOn() && loss == Kind.FOCAL) {
      throw new IllegalArgumentException(
          "`loss` focal takes images of one class, but `mixup` or `cutmix` is on; choose one of them");
    }
    boolean weighs = classWeights != ClassWeighting.NONE;
    if (weighs && (mixing.isOn() || loss == Kind.BCE)) {
      throw new IllegalArgumentException(
          "`classWeights` weigh images of one class, which they are not with `mixup`, `cutmix` or `loss` bce;"
              + " `sampling` balanced goes with all of these");
    }
  }
}
