package org.swinengine.data;

/** A step on normalised floats, after all others. Implementations are immutable. */
public interface FloatTransform {
  /**
   * Changes one image.
   *
   * @param image holds [channels, height, width] floats
   * @param offset index of the first of them
   * @param random this step's own stream for the sample
   */
  void apply(float[] image, int offset, int channels, int height, int width, SampleRandom random);
}
