package org.swinengine.report;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;
import java.util.Locale;
import javax.imageio.ImageIO;
import org.swinengine.console.PlainText;
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

  /** Of pictures that stand in numbers: with a page's dozens of them it stays small. */
  private static final int SMALL_SIDE = 112;

  /** Of a picture; grey and colour, of 8 bits. */
  static Thumbnail of(RawImage original) {
    return of(original, SIDE);
  }

  /** The same with at most 112 pixels on the longer side. */
  static Thumbnail small(RawImage original) {
    return of(original, SMALL_SIDE);
  }

  private static Thumbnail of(RawImage original, int side) {
    RawImage image = shrunk(original, side);
    byte[] pixels = image.withChannels(3).pixels();
    BufferedImage picture = new BufferedImage(image.width(), image.height(), BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < image.width() * image.height(); i++) {
      int rgb = (pixels[3 * i] & 255) << 16 | (pixels[3 * i + 1] & 255) << 8 | pixels[3 * i + 2] & 255;
      picture.setRGB(i % image.width(), i / image.width(), rgb);
    }
    return new Thumbnail(encoded(picture), longer(original) <= SMALL);
  }

  /** Of what has its size already. */
  static Thumbnail of(BufferedImage picture) {
    return new Thumbnail(encoded(picture), false);
  }

  /**
   * A picture of about 112 pixels, to draw over; one of few pixels is enlarged, which are then to be seen as
   * squares.
   */
  static RawImage fitted(RawImage original) {
    if (longer(original) > SMALL) {
      return shrunk(original, SMALL_SIDE);
    }
    int zoom = Math.max(1, SMALL_SIDE / longer(original));
    return Resize.exactly(original.height() * zoom, original.width() * zoom, Interpolation.NEAREST)
        .apply(original, null);
  }

  private static int longer(RawImage image) {
    return Math.max(image.height(), image.width());
  }

  private static RawImage shrunk(RawImage image, int side) {
    int longer = longer(image);
    if (longer <= side) {
      return image;
    }
    int height = Math.max(1, image.height() * side / longer);
    int width = Math.max(1, image.width() * side / longer);
    return Resize.exactly(height, width, Interpolation.BICUBIC).apply(image, null);
  }

  private static String encoded(BufferedImage picture) {
    try (ByteArrayOutputStream out = new ByteArrayOutputStream()) {
      ImageIO.write(picture, "png", out);
      return Base64.getEncoder().encodeToString(out.toByteArray());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The element of a page. */
  String image(String text) {
    return String.format(
        Locale.ROOT, "<img alt=\"%s\"%s src=\"data:image/png;base64,%s\"/>",
        Html.escape(PlainText.line(text)), small ? " class=\"small\"" : "", png);
  }
}
