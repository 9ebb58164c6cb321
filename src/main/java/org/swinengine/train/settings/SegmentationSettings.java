package org.swinengine.train.settings;

import org.jspecify.annotations.Nullable;

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
        byDefault = "classes.csv of the data, or what the masks hold") String classTable) {
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
