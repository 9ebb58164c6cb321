package org.swinengine.bench;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;

/** A picture of ImageNet's usual size with about a photo's detail: waves of colour with some grain. */
public final class BenchPhoto {
  private static final int WIDTH = 500;
  private static final int HEIGHT = 375;
  private static final int GRAIN = 24;

  private BenchPhoto() {}

  /** Writes the JPEG to a file, for {@code peers/torchvision_bench.py}. */
  public static void main(String[] args) throws IOException {
    Files.write(Path.of(args[0]), jpeg());
  }

  /** Quality 75, colours of half the size, as the JDK writes it. */
  static byte[] jpeg() throws IOException {
    return encoded("jpg");
  }

  static byte[] png() throws IOException {
    return encoded("png");
  }

  private static byte[] encoded(String format) throws IOException {
    BufferedImage image = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
    int state = 1;
    for (int y = 0; y < HEIGHT; y++) {
      for (int x = 0; x < WIDTH; x++) {
        int rgb = 0;
        for (int c = 0; c < 3; c++) {
          state = state * 1664525 + 1013904223;
          int grain = (state >>> 24) * GRAIN / 256;
          double wave = StrictMath.sin(x / (31.0 + 9 * c)) * StrictMath.cos(y / (23.0 + 7 * c));
          rgb = rgb << 8 | Math.max(0, Math.min(255, (int) (110 + 100 * wave) + grain));
        }
        image.setRGB(x, y, rgb);
      }
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageIO.write(image, format, out);
    return out.toByteArray();
  }
}
