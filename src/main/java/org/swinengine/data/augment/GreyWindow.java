package org.swinengine.data.augment;

import org.swinengine.data.PixelTransform;
import org.swinengine.data.RawImage;
import org.swinengine.data.SampleRandom;

/**
 * Stretches a range of 8-bit values to all of them: what is at most {@code low} becomes black, what is at
 * least {@code high} white. Samples of more than 8 bits are windowed while they are decoded, where nothing is
 * lost: {@link org.swinengine.data.SampleRange}.
 *
 * @param low 0 to 254
 * @param high above {@code low}, to 255
 */
public record GreyWindow(int low, int high) implements PixelTransform {
  /** Checks the range. */
  public GreyWindow {
    if (low < 0 || high <= low || high > 255) {
      throw new IllegalArgumentException(
          "GreyWindow from " + low + " to " + high + ": must go from a lower value to a higher one within 0"
              + " and 255");
    }
  }

  @Override
  public RawImage apply(RawImage image, SampleRandom random) {
    double range = high - low;
    return Levels.map(image, v -> (int) (Math.max(0, Math.min(1, (v - low) / range)) * 255 + 0.5));
  }
}
