package org.swinengine.data;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.swinengine.weights.ArrayData;
import org.swinengine.weights.ElementType;
import org.swinengine.weights.Npz;
import org.swinengine.weights.WeightFileException;

/**
 * A MedMNIST file: {@code train_images} [n, height, width] or [n, height, width, 3] and {@code train_labels}
 * [n, 1], the same for {@code val} and {@code test} (Yang et al., "MedMNIST v2", 2023). Labels [n, classes]
 * of zeros and ones are any number of classes an image (chestmnist). The names of the classes are not in the
 * file, so they are numbers; grades (retinamnist) are classes.
 */
final class MedMnistFile {
  /** More classes than any such data set has: a larger number is no label. */
  private static final int CLASS_LIMIT = 65_536;

  /** Images larger than this together are kept in several arrays. */
  private static final int BLOCK = 1 << 30;

  /** The classes of each image, or of each any number. */
  private record Labels(int[] single, int @Nullable [][] several, int classes) {
    int size() {
      return several == null ? single.length : several.length;
    }
  }

  private MedMnistFile() {}

  static DataSplits open(Path file) throws IOException {
    Map<String, ArrayData> arrays = read(file);
    for (String name : List.of("train_images", "train_labels", "val_images", "val_labels")) {
      if (!arrays.containsKey(name)) {
        throw new DatasetException(
            file + " has no array " + name + ", which a MedMNIST file has; it has " + arrays.keySet() + ".");
      }
    }
    int classes = labels(file, arrays, "train").classes();
    List<String> names = Datasets.numberedClasses(classes);
    Dataset train = part(file, arrays, "train", names);
    Dataset validation = part(file, arrays, "val", names);
    Optional<Dataset> test =
        arrays.containsKey("test_images") ? Optional.of(part(file, arrays, "test", names)) : Optional.empty();
    String remark = test.map(t -> String.format(Locale.ROOT, "and %,d test images",
        t.size())).orElse("as given");
    return new DataSplits(train, validation, test, Datasets.describe("MedMNIST " + file, train, validation,
        remark));
  }

  /** The parts that are there, with the classes that occur in any of them. */
  static Map<DataPart, ArrayDataset> parts(Path file) throws IOException {
    Map<String, ArrayData> arrays = read(file);
    Map<DataPart, String> names = new EnumMap<>(DataPart.class);
    names.putAll(Map.of(DataPart.TRAIN, "train", DataPart.VALIDATION, "val", DataPart.TEST, "test"));
    names.values().removeIf(name -> !arrays.containsKey(name + "_images"));
    if (names.isEmpty()) {
      throw new DatasetException(
          file + " has no array test_images, which a MedMNIST file has; it has " + arrays.keySet() + ".");
    }
    int classes = 0;
    for (String name : names.values()) {
      classes = Math.max(classes, labels(file, arrays, name).classes());
    }
    Map<DataPart, ArrayDataset> parts = new EnumMap<>(DataPart.class);
    for (Map.Entry<DataPart, String> part : names.entrySet()) {
      parts.put(part.getKey(), part(file, arrays, part.getValue(), Datasets.numberedClasses(classes)));
    }
    return parts;
  }

  private static Map<String, ArrayData> read(Path file) throws DatasetException {
    try {
      return Npz.read(file);
    } catch (WeightFileException e) {
      throw new DatasetException(String.valueOf(e.getMessage()), e);
    }
  }

  private static ArrayDataset part(
      Path file, Map<String, ArrayData> arrays, String part, List<String> names) throws DatasetException {
    ArrayData images = Objects.requireNonNull(arrays.get(part + "_images"));
    long[] shape = images.shape();
    boolean grey = shape.length == 3;
    boolean colour = shape.length == 4 && shape[3] == 3;
    if (!grey && !colour) {
      throw new DatasetException(
          file + ": " + part + "_images has shape " + Arrays.toString(shape)
              + "; expected [n, height, width] or [n, height, width, 3] (volumes cannot be used).");
    }
    if (images.type() != ElementType.U8) {
      throw new DatasetException(
          file + ": " + part + "_images has elements of type " + images.type()
              + "; expected unsigned bytes (U8).");
    }
    Labels labels = labels(file, arrays, part);
    if (labels.size() != shape[0] || images.count() == 0) {
      throw new DatasetException(
          file + ": " + part + " has " + shape[0] + " images and " + labels.size()
              + " labels; expected as many, and at least one.");
    }
    if (labels.classes() > names.size()) {
      throw new DatasetException(
          file + ": " + part + "_labels has the class " + (labels.classes() - 1)
              + ", but the training part has classes 0 to " + (names.size() - 1) + ".");
    }
    int imageBytes = (int) Math.min(Integer.MAX_VALUE, images.byteCount() / shape[0]);
    requireMemory(file, part, images.byteCount());
    int perBlock = (int) Math.max(1, Math.min(BLOCK / imageBytes, shape[0]));
    byte[][] pixels;
    try {
      pixels = images.rawLittleEndian(perBlock * imageBytes);
    } catch (WeightFileException e) {
      throw new DatasetException(String.valueOf(e.getMessage()), e);
    }
    ArrayDataset dataset =
        new ArrayDataset(
            (int) shape[1], (int) shape[2], grey ? 1 : 3, pixels, perBlock,
            labels.several() == null ? labels.single() : new int[labels.size()], names, part,
            "MedMNIST " + file + " (" + part + ")");
    return labels.several() == null ? dataset : dataset.withLabels(labels.several());
  }

  /** All images of a part are kept in memory. */
  private static void requireMemory(Path file, String part, long bytes) throws DatasetException {
    long heap = Runtime.getRuntime().maxMemory();
    if (bytes > heap - heap / 8) {
      throw new DatasetException(
          String.format(
              Locale.ROOT,
              "%s: %s_images has %,d MB, but Java may use %,d. Give it more memory (-Xmx), or use the data"
                  + " set in a smaller image size.",
              file, part, bytes >> 20, heap >> 20));
    }
  }

  private static Labels labels(Path file, Map<String, ArrayData> arrays, String part)
      throws DatasetException {
    ArrayData array = arrays.get(part + "_labels");
    if (array == null) {
      throw new DatasetException(file + " has no array " + part + "_labels beside " + part + "_images.");
    }
    long[] shape = array.shape();
    if (shape.length != 1 && !(shape.length == 2 && shape[1] >= 1 && shape[1] <= CLASS_LIMIT)) {
      throw new DatasetException(
          file + ": " + part + "_labels has shape " + Arrays.toString(shape)
              + "; expected [n, 1], or [n, classes] of zeros and ones.");
    }
    String name = file + ", " + part + "_labels";
    int[] labels;
    try {
      labels = ClassLabels.of(array);
    } catch (WeightFileException | IllegalArgumentException e) {
      throw new DatasetException(name + ": " + e.getMessage(), e);
    }
    if (shape.length == 2 && shape[1] > 1) {
      int classes = (int) shape[1];
      return new Labels(new int[0], MultiLabel.ofRows(labels, classes, name), classes);
    }
    Datasets.checkLabels(labels, CLASS_LIMIT, name);
    return new Labels(labels, null, Arrays.stream(labels).map(label -> label + 1).max().orElse(0));
  }
}
