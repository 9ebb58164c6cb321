package org.swinengine.cli;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.swinengine.data.RawImage;
import org.swinengine.weights.PendingFile;

/** Writes pictures. */
final class PictureOutput {
  private PictureOutput() {}

  /** As PNG, by a temporary file, so that a file of that name is replaced as a whole. */
  static void png(Path file, RawImage picture) throws IOException {
    byte[] pixels = picture.withChannels(3).pixels();
    BufferedImage image =
        new BufferedImage(picture.width(), picture.height(), BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < pixels.length / 3; i++) {
      int rgb = (pixels[3 * i] & 255) << 16 | (pixels[3 * i + 1] & 255) << 8 | pixels[3 * i + 2] & 255;
      image.setRGB(i % picture.width(), i / picture.width(), rgb);
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageIO.write(image, "png", bytes);
    try (PendingFile pending = PendingFile.open(file)) {
      pending.write(ByteBuffer.wrap(bytes.toByteArray()));
      pending.commit();
    }
  }
}
