package org.swinengine.metrics.segmentation;

/** What overlap and distance are where the prediction or the truth of a class is empty. */
public enum EmptyMasks {
  /**
   * As they are by definition. Both empty: the prediction is right, Dice and IoU are 1 and the distances 0.
   * One empty: Dice and IoU are 0, and there is no distance (NaN), so that means leave the case out.
   */
  DEFINED,

  /**
   * As the original Swin-Unet counts ({@code calculate_metric_percase}). An empty truth with a prediction has
   * Dice 1 and HD95 0, although all of it is wrong; without a prediction both are 0, even where the truth is
   * empty too. Needed to compare with its tables alone.
   */
  SWIN_UNET
}
