package org.swinengine.data;

/** A step on normalised floats that overwrites boxes and leaves everything else as it is. */
public interface BoxTransform extends FloatTransform {
  /**
   * Decides for one image, whatever is on it.
   *
   * @param random this step's own stream for the sample
   * @param to receives the boxes
   */
  void draw(int channels, int height, int width, SampleRandom random, ErasedBoxes to);

  @Override
  default void apply(float[] image, int offset, int channels, int height, int width, SampleRandom random) {
    ErasedBoxes boxes = new ErasedBoxes();
    draw(channels, height, width, random, boxes);
    boxes.write(image, offset, channels, height, width);
  }
}
