package org.swinengine.cli;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import javax.imageio.ImageIO;

/** A folder with a tiny model and a few pictures of two colours, on which an epoch takes milliseconds. */
final class TinyWorld {
  static final int TRAINING_IMAGES = 24;
  static final int VALIDATION_IMAGES = 8;

  private static final int SIDE = 8;

  private final Path folder;

  TinyWorld(Path folder) throws IOException {
    this.folder = folder;
    Files.writeString(model(), yaml("tiny", 8));
    Files.writeString(otherModel(), yaml("other", 16));
    for (String color : List.of("green", "red")) {
      pictures(data().resolve("train").resolve(color), TRAINING_IMAGES / 2);
      pictures(data().resolve("val").resolve(color), VALIDATION_IMAGES / 2);
    }
  }

  private static String yaml(String name, int dim) {
    return """
        DATA: {IMG_SIZE: 8}
        MODEL:
          NAME: %s
          NUM_CLASSES: 2
          DROP_PATH_RATE: 0.1
          SWIN: {PATCH_SIZE: 2, EMBED_DIM: %d, DEPTHS: [2], NUM_HEADS: [2], WINDOW_SIZE: 2, IN_CHANS: 3}
        """
        .formatted(name, dim);
  }

  /** Writes pictures of the colour that the folder is named after. */
  static void pictures(Path colorFolder, int number) throws IOException {
    Files.createDirectories(colorFolder);
    boolean red = colorFolder.endsWith("red");
    for (int i = 0; i < number; i++) {
      Random random = new Random(31L * i + (red ? 1 : 0));
      BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
      for (int pixel = 0; pixel < SIDE * SIDE; pixel++) {
        int strong = 150 + random.nextInt(100);
        int weak = random.nextInt(100);
        int rgb = red ? strong << 16 | weak << 8 | weak : weak << 16 | strong << 8 | weak;
        image.setRGB(pixel % SIDE, pixel / SIDE, rgb);
      }
      ImageIO.write(image, "png", colorFolder.resolve(i + ".png").toFile());
    }
  }

  Path folder() {
    return folder;
  }

  Path data() {
    return folder.resolve("data");
  }

  Path model() {
    return folder.resolve("tiny.yaml");
  }

  Path otherModel() {
    return folder.resolve("other.yaml");
  }

  Path run(String tag) {
    return folder.resolve("runs").resolve(tag);
  }

  /**
   * The arguments of a training run with this tag.
   *
   * @param more further options; they replace the usual ones of the same name
   */
  String[] train(String tag, String... more) {
    Map<String, String> usual = new LinkedHashMap<>();
    usual.put("--cfg", "tiny.yaml");
    usual.put("--data-path", "data");
    usual.put("--batch-size", "4");
    usual.put("--lr", "1e-3");
    usual.put("--epochs", "2");
    usual.keySet().removeAll(List.of(more));
    List<String> words = new ArrayList<>(List.of("train", "--tag", tag));
    usual.forEach((name, value) -> words.addAll(List.of(name, value)));
    words.addAll(List.of(more));
    return words.toArray(new String[0]);
  }

  /** Everything that a folder holds, by path. */
  static List<Path> files(Path folder) {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(Files::isRegularFile).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
