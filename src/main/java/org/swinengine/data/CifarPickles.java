package org.swinengine.data;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.swinengine.weights.ArrayData;
import org.swinengine.weights.ElementType;
import org.swinengine.weights.PickleFile;
import org.swinengine.weights.WeightFileException;

/**
 * CIFAR-10 and CIFAR-100 as their Python pickles: {@code data_batch_1} … {@code test_batch} with {@code
 * batches.meta}, or {@code train}, {@code test} and {@code meta}. Each is a dictionary with {@code data}, n
 * rows of 1024 red, 1024 green and 1024 blue bytes, and {@code labels}, or {@code fine_labels} and {@code
 * coarse_labels}.
 */
final class CifarPickles {
  private CifarPickles() {}

  static boolean isCifar10(List<String> fileNames) {
    return fileNames.stream().anyMatch(name -> name.matches("data_batch_\\d+|test_batch"));
  }

  static boolean isCifar100(List<String> fileNames) {
    return fileNames.contains("meta") && (fileNames.contains("train") || fileNames.contains("test"));
  }

  /** The training part, the test part or both. */
  static Map<DataPart, ArrayDataset> parts(Path folder, List<String> fileNames, boolean coarse)
      throws DatasetException {
    boolean ten = isCifar10(fileNames);
    String kind = ten ? "" : coarse ? "coarse_" : "fine_";
    int classes = ten ? 10 : coarse ? 20 : 100;
    String meta = ten ? "batches.meta" : "meta";
    List<String> names =
        fileNames.contains(meta)
            ? names(folder.resolve(meta), kind + "label_names", classes)
            : Datasets.numberedClasses(classes);
    List<String> training =
        fileNames.stream().filter(name -> name.matches(ten ? "data_batch_\\d+" : "train")).toList();
    String test = ten ? "test_batch" : "test";
    String what = CifarFolder.what(folder, fileNames);
    Map<DataPart, ArrayDataset> parts = new EnumMap<>(DataPart.class);
    if (!training.isEmpty()) {
      parts.put(DataPart.TRAIN, read(folder, training, kind + "labels", names, "train", what));
    }
    if (fileNames.contains(test)) {
      parts.put(DataPart.TEST, read(folder, List.of(test), kind + "labels", names, "test", what));
    }
    return parts;
  }

  private static Map<?, ?> dictionary(Path file) throws DatasetException {
    try {
      if (PickleFile.read(file) instanceof Map<?, ?> map) {
        return map;
      }
    } catch (WeightFileException e) {
      throw new DatasetException(String.valueOf(e.getMessage()), e);
    }
    throw new DatasetException(file + " is no dictionary, as CIFAR's pickles are. Get the file again.");
  }

  private static Object value(Map<?, ?> dictionary, String key, Path file) throws DatasetException {
    for (Map.Entry<?, ?> entry : dictionary.entrySet()) {
      if (key.equals(text(entry.getKey())) && entry.getValue() != null) {
        return entry.getValue();
      }
    }
    throw new DatasetException(file + " has no " + key + ", which a CIFAR pickle has.");
  }

  /** Texts of Python 2 are texts or bytes, as the file was written. */
  private static @Nullable String text(@Nullable Object value) {
    return value instanceof byte[] bytes
        ? new String(bytes, StandardCharsets.ISO_8859_1)
        : value instanceof String text ? text : null;
  }

  private static List<String> names(Path file, String key, int classes) throws DatasetException {
    List<String> names = new ArrayList<>();
    if (value(dictionary(file), key, file) instanceof List<?> list) {
      list.forEach(name -> names.add(String.valueOf(text(name))));
    }
    if (names.size() != classes) {
      throw new DatasetException(
          file + " names " + names.size() + " classes; " + classes + " were expected.");
    }
    return names;
  }

  private static ArrayDataset read(
      Path folder, List<String> files, String key, List<String> names, String sampleName, String what)
      throws DatasetException {
    List<byte[]> contents = new ArrayList<>();
    List<int[]> labels = new ArrayList<>();
    for (String name : files) {
      Path file = folder.resolve(name);
      Map<?, ?> batch = dictionary(file);
      int[] own = labels(value(batch, key, file), file, key);
      Datasets.checkLabels(own, names.size(), file.toString());
      labels.add(own);
      contents.add(pixels(value(batch, "data", file), own.length, file));
    }
    return CifarFolder.dataset(contents, 0, labels, names, sampleName, what);
  }

  private static int[] labels(Object value, Path file, String key) throws DatasetException {
    try {
      if (value instanceof ArrayData array) {
        return ClassLabels.of(array);
      }
    } catch (WeightFileException | IllegalArgumentException e) {
      throw new DatasetException(file + ", " + key + ": " + e.getMessage(), e);
    }
    if (value instanceof List<?> list && list.stream().allMatch(Long.class::isInstance)) {
      return list.stream().mapToInt(label -> (int) Math.max(-1, Math.min(1 << 20, (Long) label))).toArray();
    }
    throw new DatasetException(file + " has " + key + " that are no list of whole numbers.");
  }

  private static byte[] pixels(Object value, int images, Path file) throws DatasetException {
    try {
      if (value instanceof ArrayData array && array.type() == ElementType.U8 && images > 0
          && array.count() == (long) images * CifarFolder.PIXELS) {
        return array.rawLittleEndian();
      }
    } catch (WeightFileException e) {
      throw new DatasetException(file + ", data: " + e.getMessage(), e);
    }
    throw new DatasetException(
        file + " has " + images + " labels, and data that are no array of as many rows of "
            + CifarFolder.PIXELS + " bytes. Get the file again.");
  }
}
