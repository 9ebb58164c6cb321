package org.swinengine.data;

/**
 * Mirrors left and right with a probability.
 *
 * @param probability 0 to 1
 */
public record RandomHorizontalFlip(double probability) implements Transform {
  /** Checks the range. */
  public RandomHorizontalFlip {
    if (!(probability >= 0 && probability <= 1)) {
      throw new IllegalArgumentException("RandomHorizontalFlip with probability " + probability
          + ", not in 0 to 1");
    }
  }

  @Override
  public RawImage apply(RawImage image, SampleRandom random) {
    return random.bernoulli(probability) ? mirror(image) : image;
  }

  private static RawImage mirror(RawImage image) {
    int width = image.width();
    int channels = image.channels();
    byte[] in = image.pixels();
    byte[] out = new byte[in.length];
    for (int row = 0; row < in.length; row += width * channels) {
      for (int x = 0; x < width; x++) {
        for (int c = 0; c < channels; c++) {
          out[row + x * channels + c] = in[row + (width - 1 - x) * channels + c];
        }
      }
    }
    return new RawImage(image.height(), width, channels, out);
  }
}
