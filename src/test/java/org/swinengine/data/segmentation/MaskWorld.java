package org.swinengine.data.segmentation;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import javax.imageio.ImageIO;

/** Pictures of bright squares on noise, with their masks, in folders. */
public final class MaskWorld {
  /** Height and width. */
  public static final int SIDE = 16;

  private MaskWorld() {}

  /** Writes {@code images/NAME.png} and {@code masks/NAME.png} for each of some pictures. */
  public static Path pairs(Path folder, int count, int foreground) {
    try {
      Files.createDirectories(folder.resolve("images"));
      Files.createDirectories(folder.resolve("masks"));
      for (int i = 0; i < count; i++) {
        pair(folder, "p" + i, i, foreground);
      }
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Writes pictures of a square within a square and a mask for each class, {@code masks/CLASS/NAME.png}; the
   * inner square is of both classes.
   */
  public static Path classes(Path folder, int count) {
    try {
      for (String inner : new String[] {"images", "masks/whole", "masks/core"}) {
        Files.createDirectories(folder.resolve(inner));
      }
      for (int i = 0; i < count; i++) {
        nested(folder, "p" + i, i);
      }
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void nested(Path folder, String name, int seed) throws IOException {
    Random random = new Random(seed);
    int[] image = new int[SIDE * SIDE];
    int[] whole = new int[SIDE * SIDE];
    int[] core = new int[SIDE * SIDE];
    int top = random.nextInt(SIDE / 2);
    int left = random.nextInt(SIDE / 2);
    int size = 6 + random.nextInt(SIDE / 2 - 5);
    for (int i = 0; i < image.length; i++) {
      int row = i / SIDE - top;
      int column = i % SIDE - left;
      int depth = Math.min(Math.min(row, size - 1 - row), Math.min(column, size - 1 - column));
      image[i] = random.nextInt(40) + (depth >= 2 ? 200 : depth >= 0 ? 120 : 20);
      whole[i] = depth >= 0 ? 255 : 0;
      core[i] = depth >= 2 ? 255 : 0;
    }
    grey(folder.resolve("images").resolve(name + ".png"), SIDE, SIDE, image);
    grey(folder.resolve("masks/whole").resolve(name + ".png"), SIDE, SIDE, whole);
    grey(folder.resolve("masks/core").resolve(name + ".png"), SIDE, SIDE, core);
  }

  private static void pair(Path folder, String name, int seed, int foreground) throws IOException {
    Random random = new Random(seed);
    int[] image = new int[SIDE * SIDE];
    int[] mask = new int[SIDE * SIDE];
    int top = random.nextInt(SIDE / 2);
    int left = random.nextInt(SIDE / 2);
    int size = 4 + random.nextInt(SIDE / 2 - 3);
    for (int i = 0; i < image.length; i++) {
      int row = i / SIDE - top;
      int column = i % SIDE - left;
      boolean inside = row >= 0 && row < size && column >= 0 && column < size;
      image[i] = random.nextInt(40) + (inside ? 180 : 30);
      mask[i] = inside ? foreground : 0;
    }
    grey(folder.resolve("images").resolve(name + ".png"), SIDE, SIDE, image);
    grey(folder.resolve("masks").resolve(name + ".png"), SIDE, SIDE, mask);
  }

  /** Writes 8-bit grey. */
  public static void grey(Path file, int height, int width, int... levels) throws IOException {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_BYTE_GRAY);
    image.getRaster().setPixels(0, 0, width, height, levels);
    ImageIO.write(image, file.toString().endsWith(".jpg") ? "jpg" : "png", file.toFile());
  }
}
