package org.swinengine.data;

/**
 * A step on 8-bit pixels. Implementations are immutable; {@code toString} shows their settings.
 */
public interface Transform {
  /**
   * Returns the image after this step, possibly the same object; never changes its argument.
   *
   * @param random this step's own stream for the sample; a step without randomness leaves it alone
   */
  RawImage apply(RawImage image, SampleRandom random);
}
