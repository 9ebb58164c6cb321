package org.swinengine.bench.compare;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import javax.imageio.ImageIO;

/** A JPEG of a photo's size and about a photo's detail: soft shapes of colour with some grain. */
final class Photo {
  private static final int WIDTH = 1024;
  private static final int HEIGHT = 768;
  private static final int SHAPES = 12;
  private static final int GRAIN = 24;

  private Photo() {}

  /** The file in a folder; made once. */
  static Path in(Path folder) throws IOException {
    Path file = folder.resolve("photo.jpg");
    if (!Files.exists(file)) {
      BufferedImage image = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
      Random random = new Random(1);
      double[][] shapes = new double[SHAPES][];
      for (int i = 0; i < SHAPES; i++) {
        shapes[i] = random.doubles(6).toArray();
      }
      for (int y = 0; y < HEIGHT; y++) {
        for (int x = 0; x < WIDTH; x++) {
          image.setRGB(x, y, colour(shapes, x, y, random));
        }
      }
      ImageIO.write(image, "jpg", file.toFile());
    }
    return file;
  }

  private static int colour(double[][] shapes, int x, int y, Random random) {
    double[] sum = new double[3];
    double weights = 0.01;
    for (double[] shape : shapes) {
      double dx = (double) x / WIDTH - shape[0];
      double dy = (double) y / HEIGHT - shape[1];
      double weight = 1 / (1 + 400 * shape[2] * (dx * dx + dy * dy));
      weights += weight;
      for (int c = 0; c < 3; c++) {
        sum[c] += weight * shape[3 + c];
      }
    }
    int rgb = 0;
    for (int c = 0; c < 3; c++) {
      long value = Math.round(255 * sum[c] / weights) + random.nextInt(2 * GRAIN + 1) - GRAIN;
      rgb = rgb << 8 | (int) Math.max(0, Math.min(255, value));
    }
    return rgb;
  }
}
