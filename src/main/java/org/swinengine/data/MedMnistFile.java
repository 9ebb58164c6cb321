package org.swinengine.data;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A MedMNIST file: {@code train_images} [n, height, width] or [n, height, width, 3] and {@code train_labels}
 * [n, 1], the same for {@code val} and {@code test} (Yang et al., "MedMNIST v2", 2023). One label an image;
 * the names of the classes are not in the file, so they are numbers.
 */
final class MedMnistFile {
  private MedMnistFile() {}

  static DataSplits open(Path file) throws IOException {
    Map<String, NpzBytes> arrays = NpzBytes.read(file);
    for (String name : List.of("train_images", "train_labels", "val_images", "val_labels")) {
      if (!arrays.containsKey(name)) {
        throw new DatasetException(
            file + " has no array " + name + ", which a MedMNIST file has; it has " + arrays.keySet() + ".");
      }
    }
    int classes = 0;
    for (int label : labels(file, arrays, "train")) {
      classes = Math.max(classes, label + 1);
    }
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

  private static ArrayDataset part(Path file, Map<String, NpzBytes> arrays, String part, List<String> names)
      throws DatasetException {
    int[] shape = arrays.get(part + "_images").shape();
    boolean grey = shape.length == 3;
    boolean colour = shape.length == 4 && shape[3] == 3;
    if (!grey && !colour) {
      throw new DatasetException(
          file + ": " + part + "_images has shape " + Arrays.toString(shape)
              + "; expected [n, height, width] or [n, height, width, 3] (volumes cannot be used).");
    }
    int[] labels = labels(file, arrays, part);
    if (labels.length != shape[0] || shape[0] == 0) {
      throw new DatasetException(
          file + ": " + part + " has " + shape[0] + " images and " + labels.length
              + " labels; expected as many, and at least one.");
    }
    Datasets.checkLabels(labels, names.size(), file + ", " + part + "_labels");
    return new ArrayDataset(
        shape[1], shape[2], grey ? 1 : 3, new byte[][] {arrays.get(part + "_images").data()}, shape[0],
        labels, names,
        part, "MedMNIST " + file + " (" + part + ")");
  }

  private static int[] labels(Path file, Map<String, NpzBytes> arrays, String part) throws DatasetException {
    NpzBytes array = arrays.get(part + "_labels");
    if (array == null) {
      throw new DatasetException(file + " has no array " + part + "_labels beside " + part + "_images.");
    }
    int[] shape = array.shape();
    if (shape.length != 1 && !(shape.length == 2 && shape[1] == 1)) {
      throw new DatasetException(
          file + ": " + part + "_labels has shape " + Arrays.toString(shape)
              + "; expected [n, 1]. Images with several labels each cannot be used.");
    }
    int[] labels = new int[array.data().length];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = array.data()[i] & 255;
    }
    return labels;
  }
}
