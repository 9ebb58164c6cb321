package org.swinengine.metrics.segmentation;

/**
 * What distances and sizes are in millimetres, where the spacing is known; NaN where a figure is not there.
 *
 * @param hausdorff the largest distance between the surfaces
 * @param hausdorff95 the 95th percentile of the distances between the surfaces
 * @param averageSurfaceDistance the mean distance between the surfaces, the mean of both directions
 * @param volumeDifference predicted less real area in mm², or volume in mm³
 */
public record PhysicalFigures(
    double hausdorff, double hausdorff95, double averageSurfaceDistance, double volumeDifference) {
  /** Of what has no spacing. */
  public static final PhysicalFigures NONE =
      new PhysicalFigures(Double.NaN, Double.NaN, Double.NaN, Double.NaN);
}
