package org.swinengine.data.augment;

import java.util.Arrays;
import org.swinengine.data.Normalize;
import org.swinengine.data.RawImage;

/**
 * What stands where a moved picture has no pixels; in grey pictures its luma.
 *
 * @param red 0 to 255
 * @param green 0 to 255
 * @param blue 0 to 255
 */
public record FillColor(int red, int green, int blue) {
  /** torchvision's default. */
  public static final FillColor BLACK = new FillColor(0, 0, 0);

  /** timm's default in its policies. */
  public static final FillColor GREY = new FillColor(128, 128, 128);

  /** Checks the ranges. */
  public FillColor {
    if ((red | green | blue) < 0 || red > 255 || green > 255 || blue > 255) {
      throw new IllegalArgumentException(
          "the fill colour is " + red + ", " + green + ", " + blue + ", but each must be 0 to 255");
    }
  }

  /** The mean of the model's images, as timm's loader fills: {@code round(255 × mean)}. */
  public static FillColor ofMean(Normalize normalize) {
    int[] levels = new int[3];
    float[] mean = normalize.mean();
    for (int c = 0; c < 3; c++) {
      // Means are stored as floats; their shortest decimal is what was meant.
      double value = Double.parseDouble(Float.toString(mean[Math.min(c, mean.length - 1)]));
      levels[c] = (int) Math.max(0, Math.min(255, Math.rint(255 * value)));
    }
    return new FillColor(levels[0], levels[1], levels[2]);
  }

  /** Its bytes in a picture of so many channels. */
  byte[] in(int channels) {
    byte[] color = {(byte) red, (byte) green, (byte) blue};
    if (channels > 3) {
      byte[] slices = new byte[channels];
      Arrays.fill(slices, new RawImage(1, 1, 3, color).withChannels(1).pixels()[0]);
      return slices;
    }
    return new RawImage(1, 1, 3, color).withChannels(channels).pixels();
  }
}
