package org.swinengine.data;

/**
 * Changes brightness, contrast and saturation by random factors, in random order: torchvision's {@code
 * ColorJitter} on Pillow images, without hue. A strength s draws the factor uniformly from [max(0, 1 − s), 1
 * + s]; 0 switches the change off. Saturation leaves grey images as they are.
 *
 * @param brightness strength, at least 0
 * @param contrast strength, at least 0
 * @param saturation strength, at least 0
 */
public record ColorJitter(double brightness, double contrast, double saturation) implements Transform {
  /** Checks the ranges. */
  public ColorJitter {
    if (!(brightness >= 0 && contrast >= 0 && saturation >= 0)) {
      throw new IllegalArgumentException(
          "ColorJitter of brightness " + brightness + ", contrast " + contrast + ", saturation " + saturation
              + ": strengths must be at least 0");
    }
  }

  @Override
  public RawImage apply(RawImage image, SampleRandom random) {
    int[] order = {0, 1, 2};
    random.shuffle(order);
    RawImage result = image;
    for (int step : order) {
      double strength = step == 0 ? brightness : step == 1 ? contrast : saturation;
      if (strength > 0) {
        float factor = (float) random.uniform(Math.max(0, 1 - strength), 1 + strength);
        result = step == 0 ? brightness(result, factor)
            : step == 1 ? contrast(result, factor)
                : saturation(result, factor);
      }
    }
    return result;
  }

  /** Pillow's {@code ImageEnhance.Brightness}: towards black. */
  static RawImage brightness(RawImage image, float factor) {
    return blendWithConstant(image, 0, factor);
  }

  /** Pillow's {@code ImageEnhance.Contrast}: towards the mean grey of the image. */
  static RawImage contrast(RawImage image, float factor) {
    byte[] grey = image.withChannels(1).pixels();
    long sum = 0;
    for (byte value : grey) {
      sum += value & 255;
    }
    return blendWithConstant(image, (int) ((double) sum / grey.length + 0.5), factor);
  }

  /** Pillow's {@code ImageEnhance.Color}: towards the grey of each pixel. */
  static RawImage saturation(RawImage image, float factor) {
    if (image.channels() == 1) {
      return image;
    }
    byte[] in = image.pixels();
    byte[] out = new byte[in.length];
    for (int i = 0; i < in.length; i += 3) {
      int grey = RawImage.luma(in[i] & 255, in[i + 1] & 255, in[i + 2] & 255);
      for (int c = 0; c < 3; c++) {
        out[i + c] = blend(grey, in[i + c] & 255, factor);
      }
    }
    return new RawImage(image.height(), image.width(), 3, out);
  }

  private static RawImage blendWithConstant(RawImage image, int constant, float factor) {
    byte[] table = new byte[256];
    for (int value = 0; value < 256; value++) {
      table[value] = blend(constant, value, factor);
    }
    byte[] in = image.pixels();
    byte[] out = new byte[in.length];
    for (int i = 0; i < in.length; i++) {
      out[i] = table[in[i] & 255];
    }
    return new RawImage(image.height(), image.width(), image.channels(), out);
  }

  /** Pillow's {@code Image.blend}: single precision, cut to an integer, not rounded. */
  private static byte blend(int from, int to, float factor) {
    float value = from + factor * (to - from);
    return (byte) Math.max(0, Math.min(255, (int) value));
  }
}
