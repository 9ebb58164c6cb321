package org.swinengine.data;

/**
 * Adds a black border and cuts out a rectangle at a random place: torchvision's {@code RandomCrop}, the usual
 * augmentation of small images.
 *
 * @param height height of the result
 * @param width width of the result
 * @param padding width of the border on each side
 */
public record RandomCrop(int height, int width, int padding) implements Transform {
  /** Checks the sizes. */
  public RandomCrop {
    if (height < 1 || width < 1 || padding < 0) {
      throw new IllegalArgumentException(
          "RandomCrop to " + height + "x" + width + " with padding " + padding
              + ": sizes must be at least 1, padding at least 0");
    }
  }

  @Override
  public RawImage apply(RawImage image, SampleRandom random) {
    int rows = image.height() + 2 * padding - height;
    int columns = image.width() + 2 * padding - width;
    if (rows < 0 || columns < 0) {
      throw new IllegalArgumentException(
          "RandomCrop to " + height + "x" + width + " does not fit into an image of " + image.height() + "x"
              + image.width() + " with padding " + padding + "; resize before it or pad more");
    }
    int top = random.uniformInt(rows + 1) - padding;
    int left = random.uniformInt(columns + 1) - padding;
    return image.crop(top, left, height, width);
  }
}
