package org.swinengine.report;

import org.swinengine.data.ImagePipeline;
import org.swinengine.data.Normalize;
import org.swinengine.data.RawImage;

/** A model's input as a picture: the normalisation is taken back. */
final class ShownInput {
  private ShownInput() {}

  /**
   * One image.
   *
   * @param images {@code [channels, height, width]} from {@code offset} on
   */
  static RawImage of(float[] images, int offset, ImagePipeline pipeline) {
    int plane = pipeline.height() * pipeline.width();
    byte[] pixels = new byte[3 * plane];
    for (int pixel = 0; pixel < plane; pixel++) {
      for (int c = 0; c < 3; c++) {
        int channel = pipeline.channels() == 1 ? 0 : c;
        pixels[3 * pixel + c] =
            (byte) level(images[offset + channel * plane + pixel], pipeline.normalize(), channel);
      }
    }
    return new RawImage(pipeline.height(), pipeline.width(), 3, pixels);
  }

  /**
   * The 8-bit value that was normalised to this. Where each picture had a mean and a deviation of its own,
   * which are not kept, it is shown as one of mean 1/2 and deviation 1/4.
   */
  private static int level(float value, Normalize normalize, int channel) {
    boolean each = normalize.isOfEach();
    double deviation = each ? 0.25 : normalize.std()[channel];
    double mean = each ? 0.5 : normalize.mean()[channel];
    double share = value * deviation + mean;
    return (int) Math.max(0, Math.min(255, Math.rint(255 * share)));
  }
}
