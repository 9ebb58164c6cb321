package org.swinengine.metrics.segmentation;

import org.jspecify.annotations.Nullable;

/**
 * The figures of one class in one case. Distances are in the unit of the grid's spacing; a figure that there
 * is not is NaN, and means leave it out.
 *
 * @param classNumber which class
 * @param counts elements
 * @param dice Dice's coefficient, in [0, 1]
 * @param iou intersection over union, in [0, 1]
 * @param hausdorff the largest distance between the surfaces
 * @param hausdorff95 the 95th percentile of the distances between the surfaces
 * @param averageSurfaceDistance the mean distance between the surfaces, the mean of both directions
 * @param volumeDifference predicted less real area or volume, in the grid's unit
 * @param physical distances and volumes in millimetres
 * @param objects how single objects were found; null: not counted
 */
public record ClassFigures(
    int classNumber,
    OverlapCounts counts,
    double dice,
    double iou,
    double hausdorff,
    double hausdorff95,
    double averageSurfaceDistance,
    double volumeDifference,
    PhysicalFigures physical,
    @Nullable InstanceFigures objects) {
  /** Without millimetres and objects. */
  public ClassFigures(
      int classNumber, OverlapCounts counts, double dice, double iou, double hausdorff, double hausdorff95,
      double averageSurfaceDistance, double volumeDifference) {
    this(
        classNumber, counts, dice, iou, hausdorff, hausdorff95, averageSurfaceDistance, volumeDifference,
        PhysicalFigures.NONE, null);
  }

  /** The same with what is in millimetres, and objects. */
  public ClassFigures with(PhysicalFigures millimetres, @Nullable InstanceFigures counted) {
    return new ClassFigures(
        classNumber, counts, dice, iou, hausdorff, hausdorff95, averageSurfaceDistance, volumeDifference,
        millimetres, counted);
  }

  /** The same with other counts. */
  ClassFigures withCounts(OverlapCounts other) {
    return new ClassFigures(
        classNumber, other, dice, iou, hausdorff, hausdorff95, averageSurfaceDistance, volumeDifference,
        physical, objects);
  }

  /**
   * Of two masks.
   *
   * @param empty what to say where one of them is empty
   */
  public static ClassFigures of(
      int classNumber, boolean[] prediction, boolean[] truth, Grid grid, EmptyMasks empty) {
    grid.check(prediction.length, "the prediction");
    grid.check(truth.length, "the truth");
    OverlapCounts counts = OverlapCounts.of(prediction, truth);
    double volume = (counts.predicted() - counts.real()) * grid.elementSize();
    if (counts.predicted() > 0 && counts.real() > 0) {
      SurfaceDistances distances = SurfaceDistances.between(prediction, truth, grid);
      return new ClassFigures(
          classNumber, counts, counts.dice(), counts.iou(), distances.hausdorff(), distances.percentile(95),
          distances.averageSymmetric(), volume);
    }
    boolean right = isRight(counts, empty);
    double overlap = right ? 1 : 0;
    double distance = empty == EmptyMasks.SWIN_UNET || right ? 0 : Double.NaN;
    return new ClassFigures(
        classNumber, counts, overlap, overlap, distance, distance, distance, volume);
  }

  /** Where one mask is empty. */
  private static boolean isRight(OverlapCounts counts, EmptyMasks empty) {
    return empty == EmptyMasks.SWIN_UNET ? counts.predicted() > 0 : counts.predicted() + counts.real() == 0;
  }

  /** The figures that counts alone tell; there are no distances, and the difference is in elements. */
  public static ClassFigures ofCounts(int classNumber, OverlapCounts counts, EmptyMasks empty) {
    boolean both = counts.predicted() > 0 && counts.real() > 0;
    double one = isRight(counts, empty) ? 1 : 0;
    return new ClassFigures(
        classNumber, counts, both ? counts.dice() : one, both ? counts.iou() : one, Double.NaN, Double.NaN,
        Double.NaN, counts.predicted() - counts.real());
  }
}
