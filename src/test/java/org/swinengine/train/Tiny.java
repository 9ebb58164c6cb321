package org.swinengine.train;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.swinengine.data.DataSplits;
import org.swinengine.data.Dataset;
import org.swinengine.data.RawImage;
import org.swinengine.models.ModelConfigFile;
import org.swinengine.models.ModelSpec;
import org.swinengine.report.EventReader;
import org.swinengine.train.settings.Augmentation;

/** A model and data so small that a run takes a second. */
public final class Tiny {
  public static final List<String> CLASSES = List.of("rows", "columns", "checks & <squares>");
  private static final int SIDE = 8;

  private Tiny() {}

  /** Two stages with shifted windows, merging, dropout and DropPath, for grey images of 8×8 pixels. */
  public static ModelSpec model() {
    return ModelConfigFile.parse(
        """
        DATA:
          IMG_SIZE: 8
        MODEL:
          TYPE: swin
          NAME: tiny
          NUM_CLASSES: 3
          DROP_RATE: 0.1
          DROP_PATH_RATE: 0.2
          SWIN:
            PATCH_SIZE: 1
            IN_CHANS: 1
            EMBED_DIM: 8
            DEPTHS: [2, 1]
            NUM_HEADS: [2, 2]
            WINDOW_SIZE: 4
        """,
        "tiny");
  }

  /** The same without dropout and DropPath, which learns faster. */
  public static ModelSpec steadyModel() {
    ModelSpec spec = model();
    return new ModelSpec(
        spec.name(), spec.imageHeight(), spec.imageWidth(), spec.channels(), spec.classes(), 0, 0,
        spec.architecture());
  }

  public static TrainConfig config(Path output) {
    return TrainConfig.forData(null, model())
        .epochs(2)
        .batchSize(16)
        .learningRate(5e-3)
        .warmupSteps(2)
        .labelSmoothing(0.1)
        .augmentation(Augmentation.of(Map.of("cropPadding", 1, "colorJitter", 0.2, "erasing", 0.1)))
        .seed(5)
        .output(output)
        .tag("run")
        .build();
  }

  /** 80 training images: 5 steps of 16. */
  public static DataSplits data() {
    return new DataSplits(new Pictures(80, 1), new Pictures(30, 2), Optional.empty(), "tiny pictures");
  }

  /** The metrics without their timing part. */
  public static List<String> metrics(Path folder) {
    try {
      List<String> lines = new ArrayList<>();
      for (String line : Files.readAllLines(folder.resolve("metrics.jsonl"))) {
        lines.add(line.substring(0, line.indexOf(",\"images_per_second\"")));
      }
      return lines;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What TensorBoard is told, without times and speed; of the one file that there is. */
  public static List<String> events(Path folder) {
    try (Stream<Path> all = Files.list(folder)) {
      List<Path> files =
          all.filter(file -> file.getFileName().toString().startsWith("events.out.tfevents.")).toList();
      if (files.size() != 1) {
        throw new AssertionError("one file of events, not " + files);
      }
      return EventReader.read(files.get(0)).scalars().stream()
          .filter(value -> !value.tag().startsWith("speed/"))
          .map(value -> value.step() + " " + value.tag() + " " + value.number())
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Noise with a pattern, which is the class. (Where it is bright would not do: Swin with mean pooling hardly
   * sees place.)
   */
  public static final class Pictures implements Dataset {
    private final List<RawImage> images = new ArrayList<>();
    private final String name;
    private final int wrongEvery;

    public Pictures(int size, long seed) {
      this(size, seed, Integer.MAX_VALUE);
    }

    /** With a wrong label at every so many pictures, so that a good model is not always right. */
    public Pictures(int size, long seed, int wrongEvery) {
      this.wrongEvery = wrongEvery;
      Random random = new Random(seed);
      for (int i = 0; i < size; i++) {
        byte[] pixels = new byte[SIDE * SIDE];
        for (int at = 0; at < pixels.length; at++) {
          int row = at / SIDE;
          int column = at % SIDE;
          boolean bright =
              switch (i % CLASSES.size()) {
                case 0 -> row % 2 == 0;
                case 1 -> column % 2 == 0;
                default -> (row + column) % 2 == 0;
              };
          pixels[at] = (byte) (random.nextInt(100) + (bright ? 90 : 20));
        }
        images.add(new RawImage(SIDE, SIDE, 1, pixels));
      }
      name = "pictures of seed " + seed;
    }

    @Override
    public int size() {
      return images.size();
    }

    @Override
    public List<String> classNames() {
      return CLASSES;
    }

    @Override
    public int label(int index) {
      int shift = index % wrongEvery == wrongEvery - 1 ? 1 : 0;
      return (index + shift) % CLASSES.size();
    }

    @Override
    public RawImage load(int index) {
      return images.get(index);
    }

    @Override
    public String name(int index) {
      return name + " #" + index;
    }

    @Override
    public String description() {
      return name;
    }
  }
}
