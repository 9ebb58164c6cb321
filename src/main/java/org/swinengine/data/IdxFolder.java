package org.swinengine.data;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A folder of IDX files named as MNIST's are: {@code train-images-idx3-ubyte}, {@code
 * t10k-labels-idx1-ubyte.gz}.
 */
final class IdxFolder {
  private static final Pattern IMAGES = Pattern.compile("(.*)images([-.])idx3-ubyte(\\.gz)?");

  private IdxFolder() {}

  static boolean isOne(List<String> fileNames) {
    return fileNames.stream().anyMatch(name -> IMAGES.matcher(name).matches());
  }

  static DataSplits open(Path folder, List<String> fileNames, DatasetOptions options) throws IOException {
    Map<DataPart, ArrayDataset> parts = parts(folder, fileNames);
    ArrayDataset train = parts.get(DataPart.TRAIN);
    ArrayDataset test = parts.get(DataPart.TEST);
    if (train == null) {
      throw new DatasetException(
          folder
              + " holds test images alone, in IDX files; to train it needs train-images-idx3-ubyte (.gz).");
    }
    if (test == null && options.folds() > 0) {
      return DataSplits.undivided(train, List.of());
    }
    if (test == null) {
      Dataset[] divided = StratifiedSplit.split(train, options);
      return DataSplits.setAside(
          divided, Datasets.describeSplit("IDX files in " + folder, divided, options), List.of());
    }
    return new DataSplits(
        train, test, Optional.empty(),
        Datasets.describe("IDX files in " + folder, train, test, "the test part is used for validation"));
  }

  /** The training part, the test part or both. */
  static Map<DataPart, ArrayDataset> parts(Path folder, List<String> fileNames) throws IOException {
    List<String> trainFiles = new ArrayList<>();
    List<String> testFiles = new ArrayList<>();
    for (String name : fileNames) {
      Matcher matcher = IMAGES.matcher(name);
      if (matcher.matches() && !(matcher.group(3) != null && fileNames.contains(withoutGz(name)))) {
        boolean isTest = matcher.group(1).contains("t10k") || matcher.group(1).contains("test");
        (isTest ? testFiles : trainFiles).add(name);
      }
    }
    if (trainFiles.size() > 1 || testFiles.size() > 1) {
      throw new DatasetException(
          folder + " holds " + trainFiles.size() + " IDX files of training images " + trainFiles + " and "
              + testFiles.size() + " of test images " + testFiles
              + "; it needs exactly one train-images-idx3-ubyte (.gz) and at most one t10k-images-idx3-ubyte"
              + " (.gz). Move others to folders of their own.");
    }
    Map<DataPart, RawPart> raw = new EnumMap<>(DataPart.class);
    if (!trainFiles.isEmpty()) {
      raw.put(DataPart.TRAIN, read(folder, trainFiles.get(0), fileNames));
    }
    if (!testFiles.isEmpty()) {
      raw.put(DataPart.TEST, read(folder, testFiles.get(0), fileNames));
    }
    int classes = 0;
    for (int label : raw.values().iterator().next().labels()) {
      classes = Math.max(classes, label + 1);
    }
    Map<DataPart, ArrayDataset> parts = new EnumMap<>(DataPart.class);
    for (Map.Entry<DataPart, RawPart> part : raw.entrySet()) {
      String sampleName = part.getKey() == DataPart.TRAIN ? "train" : "test";
      parts.put(part.getKey(), part.getValue().dataset(sampleName, classes));
    }
    return parts;
  }

  private record RawPart(String file, IdxFile images, int[] labels) {
    ArrayDataset dataset(String sampleName, int classes) throws DatasetException {
      List<String> names = Datasets.numberedClasses(classes);
      Datasets.checkLabels(labels, classes, file);
      int[] shape = images.shape();
      return new ArrayDataset(
          shape[1], shape[2], 1, new byte[][] {images.data()}, shape[0], labels, names, sampleName,
          "IDX file " + file);
    }
  }

  private static RawPart read(Path folder, String imageName, List<String> fileNames) throws IOException {
    String labelName = imageName.replace("images", "labels").replace("idx3", "idx1");
    if (!fileNames.contains(labelName)) {
      String other = labelName.endsWith(".gz") ? withoutGz(labelName) : labelName + ".gz";
      if (!fileNames.contains(other)) {
        throw new DatasetException(
            folder.resolve(imageName) + " has no labels beside it: " + labelName + " is missing in " + folder
                + ".");
      }
      labelName = other;
    }
    Path imageFile = folder.resolve(imageName);
    Path labelFile = folder.resolve(labelName);
    IdxFile images = IdxFile.read(imageFile);
    IdxFile labels = IdxFile.read(labelFile);
    if (images.shape().length != 3 || labels.shape().length != 1 || images.shape()[0] != labels.shape()[0]) {
      throw new DatasetException(
          imageFile + " and " + labelFile + " do not belong together: images of shape "
              + Datasets.shapeText(images.shape()) + ", labels of shape " + Datasets.shapeText(labels.shape())
              + "; expected [n, height, width] and [n].");
    }
    int[] values = new int[labels.data().length];
    for (int i = 0; i < values.length; i++) {
      values[i] = labels.data()[i] & 255;
    }
    return new RawPart(imageFile.toString(), images, values);
  }

  private static String withoutGz(String name) {
    return name.substring(0, name.length() - ".gz".length());
  }
}
