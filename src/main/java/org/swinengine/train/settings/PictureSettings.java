package org.swinengine.train.settings;

import java.util.List;
import org.swinengine.data.SampleRange;
import org.swinengine.inference.PixelStatistics;

/**
 * How image files become numbers.
 *
 * @param cropRatio part of a validation image's side that is used, 1 for all of it
 * @param mean of each channel, or one for all; empty: what the weights or the data say
 * @param std standard deviation, likewise
 * @param sampleRange what becomes of samples wider than 8 bits when image files are decoded
 * @param exifOrientation whether image files are turned as their EXIF data say
 * @param normalizeEach whether each image is brought to mean 0 and deviation 1 by itself
 */
public record PictureSettings(
    @Setting(
        help = "Middle part of a validation image's side that is used, up to 1.",
        usual = "1", label = "R", least = Double.MIN_NORMAL, most = 1,
        byDefault = "0.875 for images of 160 pixels and more, else 1") double cropRatio,
    @Setting(
        help = "Mean of each channel, pixels from 0 to 1; one number stands for all.",
        usual = "", label = "M[,M,M]", byDefault = "what the weights or the data say") List<Double> mean,
    @Setting(
        help = "Standard deviation of each channel, likewise.",
        usual = "", label = "S[,S,S]") List<Double> std,
    @Setting(
        help = "What becomes of samples wider than 8 bits (16-bit grey, float TIFF): full, bits:12"
            + " (significant bits), window:LOW:HIGH, or percentiles[:LOW:HIGH] of the training images.",
        usual = "full", label = "RANGE") SampleRange sampleRange,
    @Setting(
        help = "Turn photographs as their EXIF data say.",
        usual = "false") boolean exifOrientation,
    @Setting(
        help = "Bring each image to mean 0 and deviation 1 by itself, in place of `mean` and `std`.",
        usual = "false", byDefault = "true where pixels have classes") boolean normalizeEach) {
  /** Checks mean and deviation; the message names the setting. */
  public PictureSettings {
    mean = List.copyOf(mean);
    std = List.copyOf(std);
    PixelStatistics given = statistics(mean, std);
    if (normalizeEach && !given.equals(PixelStatistics.USUAL)) {
      throw new IllegalArgumentException(
          "`normalizeEach` takes each image's own mean and deviation; leave out `mean` and `std`, or set it"
              + " to false");
    }
  }

  /** Mean and deviation, where they are given. */
  public PixelStatistics statistics() {
    return statistics(mean, std);
  }

  private static PixelStatistics statistics(List<Double> mean, List<Double> std) {
    return new PixelStatistics(
        mean.stream().map(Double::floatValue).toList(), std.stream().map(Double::floatValue).toList());
  }
}
