package org.swinengine.train.settings;

import org.jspecify.annotations.Nullable;
import org.swinengine.models.ImageShape;
import org.swinengine.models.ModelSpec;

/**
 * What a run minimises, and how masks are read, where each pixel has a class.
 *
 * @param pixelLoss what is minimised
 * @param diceShare share of the Dice loss beside the cross-entropy
 * @param diceRegions of what the regions are that Dice and Tversky compare
 * @param tverskyBeta weight of what is not found in the Tversky loss; what is found wrongly has the rest
 * @param boundaryWeight of the boundary loss beside the others
 * @param ignoreLabel number in masks of pixels that count nowhere; −1: there is none
 * @param classTable a table of classes; empty: the data's
 * @param cleanUp whether the end of the run chooses what is taken away from predictions
 * @param neighbourSlices of a volume's slices, how many below and above are seen with each, as channels
 * @param overlappingLabels whether a pixel may have several classes
 */
public record SegmentationSettings(
    @Setting(
        help = "What is minimised where each pixel has a class: ce-dice (cross-entropy and Dice),"
            + " cross-entropy, dice, focal, tversky, or boundary (ce-dice and distances to the regions).",
        usual = "ce-dice", label = "KIND") Kind pixelLoss,
    @Setting(
        help = "Share of Dice in ce-dice; the cross-entropy has the rest.",
        usual = "0.6", label = "S", least = 0, most = 1) double diceShare,
    @Setting(
        help = "Whose regions Dice and Tversky compare: batch, of all pictures of a step together, as the"
            + " original Swin-Unet, or picture, so that all pictures weigh the same.",
        usual = "batch", label = "WHAT") Regions diceRegions,
    @Setting(
        help = "Weight of missed pixels in the tversky loss; wrong ones have the rest.",
        usual = "0.7", label = "B", least = 0, most = 1) double tverskyBeta,
    @Setting(
        help = "Weight of the distances in the boundary loss.",
        usual = "0.01", label = "W", least = 0) double boundaryWeight,
    @Setting(
        help = "Number in masks of pixels that count nowhere; -1: none.",
        usual = "-1", label = "N", least = -1, most = 65_535) int ignoreLabel,
    @Setting(
        help = "Names, colours and mask values of the classes, lines such as 1,nucleus,#ff8000,255.",
        usual = "", label = "FILE", changesResult = false,
        byDefault = "classes.csv of the data, or what the masks hold") String classTable,
    @Setting(
        help = "validation: choose at the end, on the validation part, which parts predictions lose (all but"
            + " the largest, or small ones), and keep it with the best weights; eval and predict do it then.",
        usual = "none", label = "none|validation", changesResult = false) CleaningUp cleanUp,
    @Setting(
        help = "See this many slices of a volume below and above each slice with it, as channels: 2N + 1.",
        usual = "0", label = "N", least = 0, most = 16) int neighbourSlices,
    @Setting(
        help = "Whether a pixel may have several classes, each a yes or no (sigmoid), such as nested regions"
            + " or organs that overlap: on, off, or auto (where classes.csv gives a value to several classes,"
            + " or masks of classes lie on one another).",
        usual = "auto", label = "WHEN") Overlapping overlappingLabels) {
  /** Whether a pixel may have several classes. */
  public enum Overlapping {
    /** What the data are. */
    AUTO,
    /** Each class is a yes or no. */
    ON,
    /** A pixel has one class. */
    OFF;

    /** As data are opened; null: what they are. */
    public @Nullable Boolean chosen() {
      return this == AUTO ? null : (Boolean) (this == ON);
    }
  }

  /** Whether what is taken away from predictions is chosen. */
  public enum CleaningUp {
    /** Predictions are what the model says. */
    NONE,
    /** By the mean Dice of the validation part. */
    VALIDATION
  }

  /** What pixels' losses there are. */
  public enum Kind {
    /** Cross-entropy and Dice, as the original Swin-Unet is trained. */
    CE_DICE,
    /** Of a softmax at each pixel. */
    CROSS_ENTROPY,
    /** Of the regions, over the batch. */
    DICE,
    /** Cross-entropy where pixels that are recognised well weigh less. */
    FOCAL,
    /** Of the regions, where misses weigh other than wrong finds (Salehi et al. 2017). */
    TVERSKY,
    /** Cross-entropy, Dice, and distances to the regions' boundaries (Kervadec et al. 2019). */
    BOUNDARY
  }

  /**
   * The model for pictures with the channels of neighbouring slices.
   *
   * @throws IllegalArgumentException if it does not segment, or pictures are varied as only colours are
   */
  public ModelSpec taking(ModelSpec model, Augmentation varied, Colours colours) {
    if (neighbourSlices == 0) {
      return model;
    }
    if (model.task() != ModelSpec.Task.SEGMENTATION) {
      throw new IllegalArgumentException(
          "`neighbourSlices` is for models that give each pixel a class, but " + model.name()
              + " classifies whole images; set it to 0");
    }
    boolean policy = !varied.autoAugment().isEmpty() && !varied.autoAugment().equals("none");
    if (policy || varied.colorJitter() > 0 || colours.hue() > 0 || colours.grayscale() > 0) {
      throw new IllegalArgumentException(
          "`autoAugment`, `colorJitter`, `hue` and `grayscale` vary colours, which neighbouring slices are"
              + " not; leave them out, or set `neighbourSlices` to 0");
    }
    return ImageShape.USUAL.withChannels(2 * neighbourSlices + 1).applyTo(model);
  }

  /** Whose regions are compared. */
  public enum Regions {
    /** Of all pictures of a step together, as in the original Swin-Unet. */
    BATCH,
    /** Of each picture: what the mean over pictures measures. */
    PICTURE
  }

  /** The number in masks of what counts nowhere; null: there is none. */
  public @Nullable Integer ignored() {
    return ignoreLabel < 0 ? null : ignoreLabel;
  }
}
