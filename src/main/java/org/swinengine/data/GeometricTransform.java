package org.swinengine.data;

/**
 * A transform that moves pixels. What it decides for a picture depends on the picture's size and on random
 * numbers, never on its pixels, so that a mask can be moved in the same way.
 */
public interface GeometricTransform extends Transform {
  /**
   * Decides for one picture.
   *
   * @param height of the picture, and of the mask that belongs to it
   * @param width of both
   * @param random this step's own stream for the sample
   */
  DrawnTransform draw(int height, int width, SampleRandom random);

  @Override
  default RawImage apply(RawImage image, SampleRandom random) {
    return draw(image.height(), image.width(), random).image(image);
  }
}
