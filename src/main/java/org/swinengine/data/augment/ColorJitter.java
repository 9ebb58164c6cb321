package org.swinengine.data.augment;

import org.swinengine.data.PixelTransform;
import org.swinengine.data.RawImage;
import org.swinengine.data.SampleRandom;

/**
 * Changes brightness, contrast, saturation and hue by random factors, in an order that is random for each
 * picture: torchvision's {@code ColorJitter} on Pillow images. A strength s draws the factor uniformly from
 * [max(0, 1 − s), 1 + s], that of the hue from [−s, s]; 0 switches the change off. Saturation and hue leave
 * grey images as they are.
 *
 * @param brightness strength, at least 0
 * @param contrast strength, at least 0
 * @param saturation strength, at least 0
 * @param hue strength, 0 to 0.5, half a turn of the colour circle
 */
public record ColorJitter(double brightness, double contrast, double saturation, double hue)
    implements PixelTransform {
  /** Checks the ranges. */
  public ColorJitter {
    if (!(brightness >= 0 && contrast >= 0 && saturation >= 0 && hue >= 0 && hue <= 0.5)) {
      throw new IllegalArgumentException(
          "ColorJitter of brightness " + brightness + ", contrast " + contrast + ", saturation " + saturation
              + ", hue " + hue + ": strengths must be at least 0, that of the hue at most 0.5");
    }
  }

  /** Without a change of the hue. */
  public ColorJitter(double brightness, double contrast, double saturation) {
    this(brightness, contrast, saturation, 0);
  }

  @Override
  public RawImage apply(RawImage image, SampleRandom random) {
    // Three without the hue, so that the numbers drawn are those of before there was one.
    int[] order = hue > 0 ? new int[] {0, 1, 2, 3} : new int[] {0, 1, 2};
    random.shuffle(order);
    RawImage result = image;
    for (int step : order) {
      result = switch (step) {
        case 0 -> changed(result, PixelOperation.BRIGHTNESS, brightness, random);
        case 1 -> changed(result, PixelOperation.CONTRAST, contrast, random);
        case 2 -> changed(result, PixelOperation.COLOR, saturation, random);
        default -> PixelOperation.HUE.apply(result, random.uniform(-hue, hue));
      };
    }
    return result;
  }

  private static RawImage changed(
      RawImage image, PixelOperation operation, double strength, SampleRandom random) {
    return strength > 0
        ? operation.apply(image, random.uniform(Math.max(0, 1 - strength), 1 + strength))
        : image;
  }
}
