package org.swinengine.data;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;

/**
 * The data set inside the jar: the first 24,000 training and the first 4,000 test images of Fashion-MNIST
 * (Zalando SE, MIT licence), 28×28 grey, ten kinds of clothing. Read once, on first use, and kept (22 MB).
 */
public final class BuiltInData {
  /** Mean and standard deviation that the training recipe for these images uses. */
  public static final Normalize NORMALIZE = new Normalize(new float[] {0.286f}, new float[] {0.353f});

  private static final String FOLDER = "/org/swinengine/data/fashion-mnist/";
  private static final int SIDE = 28;
  private static final int IMAGES_PER_FILE = 12_000;
  private static final List<String> CLASS_NAMES =
      List.of(
          "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag",
          "Ankle boot");

  private BuiltInData() {}

  private static final class Train {
    static final Dataset DATASET =
        read(
            "train", "Fashion-MNIST, the first 24,000 training images (built in)",
            "train-labels-idx1-ubyte.gz",
            "train-images-00000-11999-idx3-ubyte.gz", "train-images-12000-23999-idx3-ubyte.gz");
  }

  private static final class Test {
    static final Dataset DATASET =
        read(
            "test", "Fashion-MNIST, the first 4,000 test images (built in)", "test-labels-idx1-ubyte.gz",
            "test-images-idx3-ubyte.gz");
  }

  /** The 24,000 training images. */
  public static Dataset train() {
    return Train.DATASET;
  }

  /** The 4,000 test images. */
  public static Dataset test() {
    return Test.DATASET;
  }

  /** Training on {@link #train}, measuring on {@link #test}. */
  public static DataSplits splits() {
    return new DataSplits(
        train(), test(), Optional.empty(),
        "Fashion-MNIST (built in): 24,000 training images, 4,000 test images for validation,"
            + " 28x28 grey, 10 classes");
  }

  private static Dataset read(String sampleName, String description, String labelFile, String... imageFiles) {
    byte[] labelBytes = resource(labelFile).data();
    int[] labels = new int[labelBytes.length];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = labelBytes[i];
    }
    byte[][] blocks = new byte[imageFiles.length][];
    for (int i = 0; i < blocks.length; i++) {
      blocks[i] = resource(imageFiles[i]).data();
    }
    return new ArrayDataset(
        SIDE, SIDE, 1, blocks, IMAGES_PER_FILE, labels, CLASS_NAMES, sampleName, description)
        .withNormalize(NORMALIZE);
  }

  private static IdxFile resource(String name) {
    try (InputStream in = BuiltInData.class.getResourceAsStream(FOLDER + name)) {
      if (in == null) {
        throw new IllegalStateException("the built-in data file " + name
            + " is missing from the jar; build it again");
      }
      return IdxFile.read(in, "built-in " + name);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
