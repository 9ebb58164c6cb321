package org.swinengine.train.task;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.swinengine.data.BuiltInData;
import org.swinengine.data.DataSplits;
import org.swinengine.data.Dataset;
import org.swinengine.data.RawImage;
import org.swinengine.models.ModelConfigFile;
import org.swinengine.models.ModelSpec;

/**
 * Pictures of two places side by side, each with a garment, at half its size, or nothing: of no class, of one
 * or of two.
 */
public final class GarmentPairs implements Dataset {
  public static final List<String> CLASSES = List.of("trouser", "dress", "sneaker", "bag");

  /** Their numbers in Fashion-MNIST. */
  private static final int[] GARMENTS = {1, 3, 7, 8};

  private static final int SIDE = 14;

  private final List<RawImage> images = new ArrayList<>();
  private final List<int[]> labels = new ArrayList<>();
  private final long seed;

  /**
   * @param garments where they are from
   * @param nothing share of the places that are empty
   */
  public GarmentPairs(Dataset garments, int size, double nothing, long seed) {
    this.seed = seed;
    Random random = new Random(seed);
    try {
      while (images.size() < size) {
        byte[] pixels = new byte[SIDE * 2 * SIDE];
        int[] found = new int[2];
        int count = 0;
        for (int place = 0; place < 2; place++) {
          if (random.nextDouble() >= nothing) {
            int label = paste(garments, random, pixels, place);
            found[count] = label;
            count += count == 1 && found[0] == label ? 0 : 1;
          }
        }
        int[] set = Arrays.copyOf(found, count);
        Arrays.sort(set);
        labels.add(set);
        images.add(new RawImage(SIDE, 2 * SIDE, 1, pixels));
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static int paste(Dataset garments, Random random, byte[] pixels, int place) throws IOException {
    int label = random.nextInt(GARMENTS.length);
    int sample = random.nextInt(garments.size());
    while (garments.label(sample) != GARMENTS[label]) {
      sample = random.nextInt(garments.size());
    }
    byte[] garment = garments.load(sample).pixels();
    for (int y = 0; y < SIDE; y++) {
      for (int x = 0; x < SIDE; x++) {
        int at = 4 * SIDE * y + 2 * x;
        int sum = 0;
        for (int corner : new int[] {at, at + 1, at + 2 * SIDE, at + 2 * SIDE + 1}) {
          sum += garment[corner] & 0xff;
        }
        pixels[y * 2 * SIDE + place * SIDE + x] = (byte) (sum / 4);
      }
    }
    return label;
  }

  /** Training and validation pictures of other garments. */
  public static DataSplits data(int training, int validation) {
    Dataset train = new GarmentPairs(BuiltInData.train(), training, 0.3, 1);
    return new DataSplits(
        train, new GarmentPairs(BuiltInData.test(), validation, 0.3, 2), Optional.empty(),
        "pairs of garments");
  }

  /** Sees quarters of garments, in windows of four: each place is a window, or two halves. */
  public static ModelSpec model() {
    return ModelConfigFile.parse(
        """
        DATA:
          IMG_SIZE: [14, 28]
        MODEL:
          TYPE: swin
          NAME: pairs
          NUM_CLASSES: 4
          SWIN:
            PATCH_SIZE: 7
            IN_CHANS: 1
            EMBED_DIM: 32
            DEPTHS: [2]
            NUM_HEADS: [2]
            WINDOW_SIZE: 2
        """,
        "pairs");
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
  public boolean isMultiLabel() {
    return true;
  }

  @Override
  public int label(int index) {
    throw new IllegalArgumentException("there is not one class");
  }

  @Override
  public int[] labels(int index) {
    return labels.get(index).clone();
  }

  @Override
  public RawImage load(int index) {
    return images.get(index);
  }

  @Override
  public String name(int index) {
    return "pair " + index;
  }

  @Override
  public String description() {
    return "pairs of garments of seed " + seed;
  }
}
