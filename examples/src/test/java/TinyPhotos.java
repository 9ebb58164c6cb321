import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import javax.imageio.ImageIO;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.models.Model;
import org.swinengine.models.ModelConfigFile;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.ModelWeights;
import org.swinengine.models.Models;
import org.swinengine.weights.Safetensors;
import org.swinengine.weights.StateDict;

/** A tiny model and tiny photos, as the examples take them. */
final class TinyPhotos {
  private static final ModelSpec SPEC =
      ModelConfigFile.parse(
          """
          DATA: {IMG_SIZE: 16}
          MODEL:
            TYPE: swin
            NAME: tiny
            NUM_CLASSES: 2
            SWIN: {PATCH_SIZE: 2, EMBED_DIM: 8, DEPTHS: [2, 1], NUM_HEADS: [2, 2], WINDOW_SIZE: 4}
          """,
          "tiny");

  private TinyPhotos() {}

  /** Random weights that say which model they are of, and the names of its classes. */
  static Path weights(Path folder) {
    Path file = folder.resolve("tiny.safetensors");
    try (Backend backend = Backends.open("cpu", 1)) {
      Model model = Models.create(SPEC);
      new ParameterArena(backend, model.parameters(), 1);
      StateDict.Builder dict = StateDict.builder().metadata("model", ModelConfigFile.write(SPEC));
      dict.metadata("class_names", "[\"stripes\", \"plain\"]");
      ModelWeights.save(model).arrays().forEach(dict::put);
      Safetensors.write(file, dict.build());
    }
    return file;
  }

  /** A folder with 20 photos of each of two classes. */
  static Path classes(Path folder) throws IOException {
    for (int i = 0; i < 20; i++) {
      for (String name : new String[] {"plain", "stripes"}) {
        Path parent = Files.createDirectories(folder.resolve("photos").resolve(name));
        photo(parent.resolve(i + ".png"), name.equals("stripes"), i);
      }
    }
    return folder.resolve("photos");
  }

  /** A photo with or without stripes; different with each seed. */
  static Path photo(Path file, boolean stripes, long seed) throws IOException {
    Random random = new Random(seed);
    BufferedImage image = new BufferedImage(20, 20, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < 20; y++) {
      for (int x = 0; x < 20; x++) {
        int grey = 60 + random.nextInt(30) + (stripes && x / 2 % 2 == 0 ? 130 : 0);
        image.setRGB(x, y, grey << 16 | grey << 8 | grey);
      }
    }
    ImageIO.write(image, "png", file.toFile());
    return file;
  }
}
