package org.swinengine.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.swinengine.data.segmentation.DicomWorld;
import org.swinengine.data.segmentation.MaskWorld;
import org.swinengine.data.segmentation.VolumeWorld;
import org.swinengine.weights.ArrayData;
import org.swinengine.weights.Npy;

/** What the commands of {@code cuda/options.txt} are given: models, weights, pictures, lists, arrays. */
final class CudaOptionsWorld {
  private static final Path FIXTURES = Path.of("src/test/resources/fixtures").toAbsolutePath();

  private final Path folder;
  private final Map<String, String> named = new LinkedHashMap<>();

  private CudaOptionsWorld(Path folder) {
    this.folder = folder;
  }

  /** Writes it all into a folder; the files by the names that the commands give them. */
  static Map<String, String> make(Path folder) throws IOException {
    CudaOptionsWorld world = new CudaOptionsWorld(folder);
    world.pictures();
    world.pixels();
    world.arrays();
    return world.named;
  }

  private Path name(String name, Path file) {
    named.put(name, file.toString());
    return file;
  }

  private Path write(String name, String file, String text) throws IOException {
    Path path = folder.resolve(file);
    Files.createDirectories(path.getParent());
    return name(name, Files.writeString(path, text));
  }

  private void pictures() throws IOException {
    TinyWorld tiny = new TinyWorld(folder);
    name("data", tiny.data());
    name("tiny", tiny.model());
    name("weights", trained("weights", tiny.model(), tiny.data()));
    Path other = name("other", folder.resolve("other"));
    for (String colour : List.of("green", "red")) {
      TinyWorld.pictures(other.resolve(colour), TinyWorld.TRAINING_IMAGES);
      for (int i = 0; i < TinyWorld.TRAINING_IMAGES / 2; i++) {
        Files.delete(other.resolve(colour).resolve(i + ".png")); // the model has seen these
      }
    }
    StringBuilder list = new StringBuilder("image,colour,part,patient\n");
    StringBuilder both = new StringBuilder("image,green,red,split\n");
    for (String part : List.of("train", "val")) {
      for (String colour : List.of("green", "red")) {
        for (int i = 0; i < 4; i++) {
          String picture = part + "/" + colour + "/" + i + ".png";
          list.append(String.join(",", picture, colour, part, part + i)).append('\n');
          String yes = colour.equals("green") ? "1," + i % 2 : i % 2 + ",1";
          both.append(tiny.data().resolve(picture)).append(',').append(yes).append(',').append(part)
              .append('\n');
        }
      }
    }
    write("list", "list/list.csv", list.toString());
    write("both", "list/both.csv", both.toString());
    write("names", "names.txt", "green\nred\n");
    write("rows", "rows.txt", "1\n0\n");
    write("paths", "paths.txt",
        tiny.data().resolve("val") + "/red/0.png\n" + tiny.data() + "/val/green/1.png\n");
  }

  /** Trains on the processor; the best weights. */
  private Path trained(String tag, Path model, Path data) {
    Ran.of(
        "train", "--cfg", model, "--data-path", data, "--epochs", 2, "--batch-size", 8, "--lr", "3e-3",
        "--output", folder.resolve("first"), "--tag", tag, "--device", "cpu").succeeded();
    return folder.resolve("first").resolve(tag).resolve("best.safetensors");
  }

  private static String unet(int classes, int channels) {
    return """
        DATA: {IMG_SIZE: 16}
        MODEL:
          TYPE: swin_unet
          NAME: tiny
          NUM_CLASSES: %d
          SWIN: {PATCH_SIZE: 2, IN_CHANS: %d, EMBED_DIM: 8, DEPTHS: [2, 2], NUM_HEADS: [2, 2], WINDOW_SIZE: 4}
        """
        .formatted(classes, channels);
  }

  private void pixels() throws IOException {
    Path unet = write("unet", "unet.yaml", unet(2, 1));
    write("unet3", "unet3.yaml", unet(2, 3));
    Path cells = name("cells", MaskWorld.pairs(folder.resolve("cells"), 10, 255));
    name("pixels", trained("pixels", unet, cells));
    nested(cells);
    write("table", "classes.csv", "0,background,#000000,0\n1,square,#ff8000,255\n");
    Path large = name("large", folder.resolve("large"));
    Files.createDirectories(large.resolve("images"));
    Files.createDirectories(large.resolve("masks"));
    int height = 20;
    int width = 28;
    Random random = new Random(4);
    int[] levels = random.ints(height * width, 20, 60).toArray();
    int[] mask = new int[levels.length];
    for (int i = 0; i < levels.length; i++) {
      boolean inside = i / width >= 5 && i / width < 12 && i % width >= 9 && i % width < 18;
      levels[i] += inside ? 160 : 0;
      mask[i] = inside ? 255 : 0;
    }
    MaskWorld.grey(large.resolve("images/l0.png"), height, width, levels);
    MaskWorld.grey(large.resolve("masks/l0.png"), height, width, mask);
    Path volumes = name("volumes", folder.resolve("volumes"));
    for (int i = 0; i < 4; i++) {
      VolumeWorld.volume(volumes, "v" + i, 3, 16, 16, i);
    }
    name("scan", DicomWorld.unpack("oblique", folder.resolve("scan")));
  }

  /** The same pictures with a folder of masks for each of two classes that cover one another. */
  private void nested(Path cells) throws IOException {
    Path nested = name("nested", folder.resolve("nested"));
    Files.createDirectories(nested.resolve("images"));
    for (int i = 0; i < 10; i++) {
      String file = "p" + i + ".png";
      Files.copy(cells.resolve("images").resolve(file), nested.resolve("images").resolve(file));
      for (String region : List.of("part", "whole")) {
        Path mask = nested.resolve("masks").resolve(region).resolve(file);
        Files.createDirectories(mask.getParent());
        Files.copy(cells.resolve("masks").resolve(file), mask);
      }
    }
  }

  private void arrays() throws IOException {
    name("ms", FIXTURES.resolve("ms_swin"));
    name("v2", FIXTURES.resolve("timm_swinv2"));
    Path homemade = name("homemade", folder.resolve("homemade"));
    Files.createDirectories(homemade);
    try (InputStream file = CudaOptionsWorld.class.getResourceAsStream("/vits/homemade.zip");
        ZipInputStream zip = new ZipInputStream(file)) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        Files.write(homemade.resolve(entry.getName()), zip.readAllBytes());
      }
    }
    noise("grey", 2, 1, 28, 28);
    Npy.write(
        name("grey-target", folder.resolve("grey-target.npy")), ArrayData.ofLongs(new long[] {2}, 3, 1));
    Path nano = name("nano", folder.resolve("nano.safetensors"));
    Ran.of(
        "fit-batch", "--model", "vit_nano_patch4_28", "--input", named.get("grey"), "--target",
        named.get("grey-target"), "--steps", 1, "--output", nano, "--device", "cpu").succeeded();
    noise("eight", 3, 3, 8, 8);
    noise("one", 2, 1, 16, 16);
    Path target = name("one-target", folder.resolve("one-target.npy"));
    long[] labels = IntStream.range(0, 2 * 16 * 16).mapToLong(i -> i % 17 == 0 ? 5 : i / 8 % 2).toArray();
    Npy.write(target, ArrayData.ofLongs(new long[] {2, 16, 16}, labels));
  }

  private void noise(String name, int... shape) {
    float[] values = new float[IntStream.of(shape).reduce(1, (a, b) -> a * b)];
    Random random = new Random(values.length);
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    Path file = name(name, folder.resolve(name + ".npy"));
    Npy.write(file, ArrayData.ofFloats(IntStream.of(shape).asLongStream().toArray(), values));
  }
}
