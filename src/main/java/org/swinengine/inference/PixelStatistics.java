package org.swinengine.inference;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.swinengine.data.Normalize;

/**
 * Mean and deviation of pixels from 0 to 1, where they are not to be what the weights say or the data
 * suggest.
 *
 * @param mean of each channel, or one for all; empty: the usual
 * @param std standard deviation of each channel, above 0, or one for all; empty: the usual
 */
public record PixelStatistics(List<Float> mean, List<Float> std) {
  /** Nothing else than usual. */
  public static final PixelStatistics USUAL = new PixelStatistics(List.of(), List.of());

  /**
   * Checks them.
   *
   * @throws IllegalArgumentException naming the setting that is wrong
   */
  public PixelStatistics {
    mean = List.copyOf(mean);
    std = List.copyOf(std);
    for (float value : mean) {
      if (!Float.isFinite(value)) {
        throw new IllegalArgumentException("`mean` must be finite, not " + value);
      }
    }
    for (float value : std) {
      if (!(value > 0 && Float.isFinite(value))) {
        throw new IllegalArgumentException("`std` must be above 0, not " + value);
      }
    }
  }

  /** These; null: the usual. */
  public static PixelStatistics of(Float @Nullable [] mean, Float @Nullable [] std) {
    return new PixelStatistics(
        mean == null ? List.of() : Arrays.asList(mean), std == null ? List.of() : Arrays.asList(std));
  }

  /**
   * The statistics of a model's channels.
   *
   * @param usual what holds where nothing else is given
   * @throws IllegalArgumentException if there are neither one number nor one for each channel
   */
  public Normalize applyTo(Normalize usual) {
    if (equals(USUAL)) {
      return usual;
    }
    return new Normalize(all("`mean`", mean, usual.mean()), all("`std`", std, usual.std()));
  }

  private static float[] all(String setting, List<Float> given, float[] usual) {
    if (given.isEmpty()) {
      return usual;
    }
    if (given.size() != 1 && given.size() != usual.length) {
      throw new IllegalArgumentException(
          setting + " has " + given.size() + " numbers, but the model takes " + usual.length + " channels");
    }
    List<Float> values = given.size() == 1 ? Collections.nCopies(usual.length, given.get(0)) : given;
    float[] result = new float[usual.length];
    for (int i = 0; i < result.length; i++) {
      result[i] = values.get(i);
    }
    return result;
  }
}
