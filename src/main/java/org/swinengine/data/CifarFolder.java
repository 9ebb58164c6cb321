package org.swinengine.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.swinengine.weights.RegularFile;

/**
 * CIFAR-10 and CIFAR-100: their binary form, records of one label (CIFAR-100: coarse and fine label; the fine
 * one is used unless the column of labels is {@code coarse}), then 1024 red, 1024 green and 1024 blue bytes
 * of a 32×32 image; and {@link CifarPickles}.
 */
final class CifarFolder {
  private static final int SIDE = 32;
  private static final int PLANE = SIDE * SIDE;
  static final int PIXELS = 3 * PLANE;
  private static final int IMAGES_PER_BLOCK = 10_000;

  private CifarFolder() {}

  static boolean isOne(List<String> fileNames) {
    return isCifar10(fileNames) || isCifar100(fileNames) || CifarPickles.isCifar10(fileNames)
        || CifarPickles.isCifar100(fileNames);
  }

  private static boolean isCifar10(List<String> fileNames) {
    return fileNames.stream().anyMatch(name -> name.matches("(data_batch_\\d+|test_batch)\\.bin"));
  }

  private static boolean isCifar100(List<String> fileNames) {
    return (fileNames.contains("train.bin") || fileNames.contains("test.bin"))
        && fileNames.contains("fine_label_names.txt");
  }

  static DataSplits open(Path folder, List<String> fileNames, DatasetOptions options) throws IOException {
    String what = what(folder, fileNames);
    Map<DataPart, ArrayDataset> parts = parts(folder, fileNames, options);
    ArrayDataset train = parts.get(DataPart.TRAIN);
    ArrayDataset test = parts.get(DataPart.TEST);
    if (train == null) {
      throw new DatasetException(
          what + " is a test part alone; to train it needs the training files beside it.");
    }
    if (test == null && options.folds() > 0) {
      return DataSplits.undivided(train, List.of());
    }
    if (test == null) {
      Dataset[] divided = StratifiedSplit.split(train, options);
      return DataSplits.setAside(divided, Datasets.describeSplit(what, divided, options), List.of());
    }
    return new DataSplits(
        train, test, Optional.empty(),
        Datasets.describe(what, train, test, "the test part is used for validation"));
  }

  static String what(Path folder, List<String> fileNames) {
    return (isCifar10(fileNames) || CifarPickles.isCifar10(fileNames) ? "CIFAR-10 in " : "CIFAR-100 in ")
        + Places.text(folder);
  }

  /** The training part, the test part or both. */
  static Map<DataPart, ArrayDataset> parts(Path folder, List<String> fileNames, DatasetOptions options)
      throws IOException {
    boolean ten = isCifar10(fileNames);
    boolean coarse = isCoarse(fileNames, options);
    if (!ten && !isCifar100(fileNames)) {
      return CifarPickles.parts(folder, fileNames, coarse);
    }
    int labelBytes = ten ? 1 : 2;
    String what = what(folder, fileNames);
    List<String> trainFiles =
        fileNames.stream().filter(name -> name.matches(ten ? "data_batch_\\d+\\.bin" : "train\\.bin"))
            .toList();
    String testFile = ten ? "test_batch.bin" : "test.bin";
    List<String> names = classNames(folder.resolve(
        ten ? "batches.meta.txt" : coarse ? "coarse_label_names.txt" : "fine_label_names.txt"),
        ten ? 10
            : coarse ? 20 : 100);
    Map<DataPart, ArrayDataset> parts = new EnumMap<>(DataPart.class);
    if (!trainFiles.isEmpty()) {
      parts.put(DataPart.TRAIN, read(folder, trainFiles, labelBytes, coarse, names, "train", what));
    }
    if (fileNames.contains(testFile)) {
      parts.put(DataPart.TEST, read(folder, List.of(testFile), labelBytes, coarse, names, "test", what));
    }
    return parts;
  }

  private static List<String> classNames(Path file, int classes) throws IOException {
    if (!Files.isRegularFile(file)) {
      return Datasets.numberedClasses(classes);
    }
    List<String> names =
        Files.readAllLines(file).stream().map(String::strip).filter(s -> !s.isEmpty()).toList();
    if (names.size() != classes) {
      throw new DatasetException(file + " names " + names.size() + " classes; " + classes
          + " were expected.");
    }
    return names;
  }

  private static ArrayDataset read(
      Path folder, List<String> files, int labelBytes, boolean coarse, List<String> names,
      String sampleName, String what)
      throws IOException {
    int record = labelBytes + PIXELS;
    List<byte[]> contents = new ArrayList<>();
    List<int[]> labels = new ArrayList<>();
    for (String name : files) {
      byte[] content = Files.readAllBytes(RegularFile.require(folder.resolve(name)));
      if (content.length == 0 || content.length % record != 0) {
        throw new DatasetException(
            folder.resolve(name) + " has " + content.length + " bytes, which is no multiple of " + record
                + " (a CIFAR record of " + labelBytes + " label and " + PIXELS
                + " pixel bytes): it is cut off or of another kind. Get the file again.");
      }
      int[] own = new int[content.length / record];
      for (int i = 0; i < own.length; i++) {
        own[i] = content[i * record + (coarse ? 0 : labelBytes - 1)] & 255;
      }
      Datasets.checkLabels(own, names.size(), folder.resolve(name).toString());
      labels.add(own);
      contents.add(content);
    }
    return dataset(contents, labelBytes, labels, names, sampleName, what);
  }

  /** Whether the coarse labels of CIFAR-100 are wanted. */
  private static boolean isCoarse(List<String> fileNames, DatasetOptions options) throws DatasetException {
    String wanted = options.columns().label();
    if (wanted == null || isCifar10(fileNames) || CifarPickles.isCifar10(fileNames)) {
      return false;
    }
    if (!wanted.matches("(?i)(coarse|fine)([ _-]?labels?)?")) {
      throw new DatasetException(
          "CIFAR-100 has coarse and fine labels, but `labelColumn` is " + wanted + "; choose one of these.");
    }
    return wanted.toLowerCase(Locale.ROOT).startsWith("coarse");
  }

  /**
   * A data set of images whose colours are planes.
   *
   * @param contents records of files
   * @param before bytes of a record before its pixels
   * @param labels of each file
   */
  static ArrayDataset dataset(
      List<byte[]> contents, int before, List<int[]> labels, List<String> names, String sampleName,
      String what) {
    int[] all = labels.stream().flatMapToInt(Arrays::stream).toArray();
    byte[][] blocks = new byte[(all.length + IMAGES_PER_BLOCK - 1) / IMAGES_PER_BLOCK][];
    for (int i = 0; i < blocks.length; i++) {
      blocks[i] = new byte[Math.min(IMAGES_PER_BLOCK, all.length - i * IMAGES_PER_BLOCK) * PIXELS];
    }
    int image = 0;
    for (byte[] content : contents) {
      for (int start = 0; start < content.length; start += before + PIXELS, image++) {
        interleave(
            content, start + before, blocks[image / IMAGES_PER_BLOCK], image % IMAGES_PER_BLOCK * PIXELS);
      }
    }
    return new ArrayDataset(SIDE, SIDE, 3, blocks, IMAGES_PER_BLOCK, all, names, sampleName, what);
  }

  private static void interleave(byte[] planes, int from, byte[] pixels, int to) {
    for (int i = 0; i < PLANE; i++) {
      pixels[to + 3 * i] = planes[from + i];
      pixels[to + 3 * i + 1] = planes[from + PLANE + i];
      pixels[to + 3 * i + 2] = planes[from + 2 * PLANE + i];
    }
  }
}
