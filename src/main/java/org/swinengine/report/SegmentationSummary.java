package org.swinengine.report;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.swinengine.metrics.Figure;

/**
 * All of a measurement of pixels' classes that a page shows.
 *
 * @param images pictures or slices
 * @param cases pictures, or volumes with all of their slices
 * @param draws of the bootstrap
 * @param figures means over cases, of a case over the classes but the background, with 95 % intervals
 * @param classes figures of each class but the background
 * @param samples the best, the middle and the worst cases
 * @param volumes slices of the best, the middle and the worst volume; none of results of earlier versions
 */
public record SegmentationSummary(
    int images, int cases, int draws, List<Figure> figures, List<OfClass> classes, List<Sample> samples,
    @Nullable List<OfVolume> volumes) {
  /**
   * A class.
   *
   * @param name of it
   * @param colour in which it is drawn, like #800000
   * @param figures means over cases with intervals
   * @param boxes how the cases lie, by the figures' keys; none of results of earlier versions
   */
  public record OfClass(
      String name, String colour, List<Figure> figures, @Nullable Map<String, CaseBox> boxes) {}

  /**
   * A volume.
   *
   * @param name of the case
   * @param rank which it is: best, median or worst
   * @param dice its Dice coefficient
   * @param slices some of its slices, in their order
   */
  public record OfVolume(String name, String rank, double dice, List<Slice> slices) {}

  /**
   * A slice.
   *
   * @param number in its volume, from 0
   * @param pictures the picture, truth, prediction and difference
   */
  public record Slice(int number, List<Thumbnail> pictures) {}

  /**
   * A picture.
   *
   * @param name of the case
   * @param rank which it is: best, median or worst
   * @param dice its Dice coefficient
   * @param image the picture
   * @param truth with the true classes in their colours
   * @param prediction with the predicted ones
   * @param difference right green, found wrongly red, missed blue
   */
  public record Sample(
      String name, String rank, double dice, Thumbnail image, Thumbnail truth, Thumbnail prediction,
      Thumbnail difference) {}

  /** The figure of a name; without a value if there is none. */
  public Figure figure(String key) {
    return figures.stream().filter(figure -> figure.key().equals(key)).findFirst()
        .orElse(Figure.of(key, Double.NaN));
  }
}
