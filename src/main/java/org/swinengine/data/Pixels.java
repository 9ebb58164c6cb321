package org.swinengine.data;

import org.swinengine.backend.Backend;
import org.swinengine.tensor.Tensor;

/**
 * Prepared pictures before their last step, as 8-bit pixels and what each level becomes: a quarter of the
 * floats' bytes, for devices that {@linkplain Backend#prefersPixels make the floats themselves}. Both ways
 * give the same bits.
 *
 * @param values {@code [pictures, height · width, channels]} unsigned bytes at the front
 * @param plane height × width
 * @param levels {@code [channels, 256]}
 */
public record Pixels(byte[] values, int plane, float[] levels) {
  /** Channels of a picture. */
  public int channels() {
    return levels.length / 256;
  }

  /**
   * The model's input on a device.
   *
   * @param pictures how many of them
   * @param to {@code [pictures, channels, height, width]}
   */
  public void upload(int pictures, Tensor to) {
    to.backend().memory().uploadPixels(values, 0, pictures, channels(), plane, levels, to);
  }

  /**
   * The same on the host.
   *
   * @param pictures how many of them
   * @param to receives {@code [pictures, channels, height, width]} at its front
   */
  public void floats(int pictures, float[] to) {
    int channels = channels();
    for (int picture = 0; picture < pictures; picture++) {
      for (int c = 0; c < channels; c++) {
        int at = (picture * channels + c) * plane;
        int from = picture * channels * plane + c;
        for (int i = 0; i < plane; i++, from += channels) {
          to[at + i] = levels[256 * c + (values[from] & 255)];
        }
      }
    }
  }
}
