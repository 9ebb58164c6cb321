package org.swinengine.data.augment;

import org.swinengine.data.Crop;
import org.swinengine.data.DrawnTransform;
import org.swinengine.data.GeometricTransform;
import org.swinengine.data.RawImage;
import org.swinengine.data.SampleRandom;

/**
 * Adds a border and cuts out a rectangle at a random place: torchvision's {@code RandomCrop}, the usual
 * augmentation of small images.
 *
 * @param height height of the result
 * @param width width of the result
 * @param padding width of the border on each side
 * @param border what the border is made of; a mask gets its fill class from a black one
 */
public record RandomCrop(int height, int width, int padding, Border border) implements GeometricTransform {
  /** Checks the sizes. */
  public RandomCrop {
    if (height < 1 || width < 1 || padding < 0) {
      throw new IllegalArgumentException(
          "RandomCrop to " + height + "x" + width + " with padding " + padding
              + ": sizes must be at least 1, padding at least 0");
    }
  }

  /** With a black border. */
  public RandomCrop(int height, int width, int padding) {
    this(height, width, padding, Border.BLACK);
  }

  @Override
  public DrawnTransform draw(int imageHeight, int imageWidth, SampleRandom random) {
    int rows = imageHeight + 2 * padding - height;
    int columns = imageWidth + 2 * padding - width;
    if (rows < 0 || columns < 0) {
      throw new IllegalArgumentException(
          "RandomCrop to " + height + "x" + width + " does not fit into an image of " + imageHeight + "x"
              + imageWidth + " with padding " + padding + "; resize before it or pad more");
    }
    boolean reflects = border == Border.REFLECT && padding > 0;
    if (reflects && padding >= Math.min(imageHeight, imageWidth)) {
      throw new IllegalArgumentException(
          "RandomCrop cannot reflect " + padding + " pixels of an image of " + imageHeight + "x" + imageWidth
              + "; pad less than its shorter side");
    }
    int top = random.uniformInt(rows + 1) - padding;
    int left = random.uniformInt(columns + 1) - padding;
    return reflects ? new Reflected(top, left, height, width) : new Crop(top, left, height, width);
  }

  /** A rectangle of the picture and its mirrored border. */
  private record Reflected(int top, int left, int height, int width) implements DrawnTransform {
    @Override
    public RawImage image(RawImage image) {
      int channels = image.channels();
      byte[] in = image.pixels();
      byte[] out = new byte[Math.multiplyExact(Math.multiplyExact(height, width), channels)];
      int next = 0;
      for (int y = 0; y < height; y++) {
        int row = reflect(top + y, image.height()) * image.width();
        for (int x = 0; x < width; x++) {
          int at = (row + reflect(left + x, image.width())) * channels;
          for (int c = 0; c < channels; c++) {
            out[next++] = in[at + c];
          }
        }
      }
      return new RawImage(height, width, channels, out);
    }

    @Override
    public RawImage mask(RawImage mask, int fill) {
      return image(mask);
    }

    private static int reflect(int at, int size) {
      return at < 0 ? -at : at >= size ? 2 * size - 2 - at : at;
    }
  }
}
