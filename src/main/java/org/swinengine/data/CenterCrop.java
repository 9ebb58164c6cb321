package org.swinengine.data;

/**
 * Cuts out the middle, as torchvision's {@code CenterCrop} does; a smaller image gets a black border.
 *
 * @param height height of the result
 * @param width width of the result
 */
public record CenterCrop(int height, int width) implements GeometricTransform {
  /** Checks the sizes. */
  public CenterCrop {
    if (height < 1 || width < 1) {
      throw new IllegalArgumentException("CenterCrop to " + height + "x" + width
          + ": sizes must be at least 1");
    }
  }

  @Override
  public DrawnTransform draw(int imageHeight, int imageWidth, SampleRandom random) {
    return new Crop(start(imageHeight, height), start(imageWidth, width), height, width);
  }

  private static int start(int size, int wanted) {
    // Python rounds halves to even when it crops, and rounds down when it pads.
    return size >= wanted ? (int) Math.rint((size - wanted) / 2.0) : -((wanted - size) / 2);
  }
}
