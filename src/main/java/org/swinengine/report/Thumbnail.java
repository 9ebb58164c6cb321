package org.swinengine.report;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;
import javax.imageio.ImageIO;
import org.swinengine.data.Interpolation;
import org.swinengine.data.RawImage;
import org.swinengine.data.Resize;

/**
 * A picture as a page holds it.
 *
 * @param png its bytes in base 64, at most 192 pixels on its longer side
 * @param small whether it has few pixels, which are then to be seen as squares
 */
public record Thumbnail(String png, boolean small) {
  private static final int SIDE = 192;
  private static final int SMALL = 64;

  /** Of a picture; grey and colour, of 8 bits. */
  static Thumbnail of(RawImage original) {
    RawImage image = original;
    int longer = Math.max(image.height(), image.width());
    if (longer > SIDE) {
      int height = Math.max(1, image.height() * SIDE / longer);
      int width = Math.max(1, image.width() * SIDE / longer);
      image = Resize.exactly(height, width, Interpolation.BICUBIC).apply(image, null);
    }
    byte[] pixels = image.withChannels(3).pixels();
    BufferedImage picture = new BufferedImage(image.width(), image.height(), BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < image.width() * image.height(); i++) {
      int rgb = (pixels[3 * i] & 255) << 16 | (pixels[3 * i + 1] & 255) << 8 | pixels[3 * i + 2] & 255;
      picture.setRGB(i % image.width(), i / image.width(), rgb);
    }
    try (ByteArrayOutputStream out = new ByteArrayOutputStream()) {
      ImageIO.write(picture, "png", out);
      return new Thumbnail(Base64.getEncoder().encodeToString(out.toByteArray()), longer <= SMALL);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
