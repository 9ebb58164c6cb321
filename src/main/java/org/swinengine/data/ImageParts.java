package org.swinengine.data;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.swinengine.data.FolderDataset.Entry;

/** Makes the parts of data sets of image files, as the options say. */
final class ImageParts {
  private DatasetOptions options;

  ImageParts(DatasetOptions options) {
    this.options = options;
  }

  /** Uses a window instead of percentiles: those of the training images. */
  void useWindow(Path root, List<Entry> training) {
    if (options.sampleRange().kind() == SampleRange.Kind.PERCENTILES) {
      options = options.withSampleRange(FolderDataset.window(root, training, options.sampleRange()));
    }
  }

  /** A part. */
  FolderDataset part(Path root, List<Entry> entries, List<String> classes, String description)
      throws DatasetException {
    FolderDataset dataset = FolderDataset.of(
        root, entries, classes, description, options.verifyUpTo(),
        Decoding.DEFAULT.withRange(options.sampleRange()).withExifOrientation(options.exifOrientation()));
    if (dataset.size() == 0 && !entries.isEmpty()) {
      throw new DatasetException(
          description + ": none of the " + entries.size() + " images can be read, for instance "
              + dataset.skipped().get(0) + ".");
    }
    return dataset;
  }

  /** A part of which no class may be without a readable image. */
  FolderDataset trainingPart(Path root, List<Entry> entries, List<String> classes, String description)
      throws DatasetException {
    FolderDataset dataset = part(root, entries, classes, description);
    Set<Integer> unreadable = new TreeSet<>();
    entries.forEach(entry -> Arrays.stream(entry.labels()).forEach(unreadable::add));
    for (int i = 0; i < dataset.size(); i++) {
      Arrays.stream(dataset.labels(i)).forEach(unreadable::remove);
    }
    for (int label : unreadable) {
      List<String> files =
          entries.stream().filter(entry -> Arrays.binarySearch(entry.labels(), label) >= 0).map(Entry::file)
              .toList();
      SkippedFile first =
          dataset.skipped().stream().filter(skipped -> files.contains(skipped.file())).findFirst()
              .orElseThrow();
      throw new DatasetException(
          description + ": none of the " + files.size() + " images of class " + classes.get(label)
              + " can be read, for instance " + first
              + ". There is nothing to learn the class from: repair the files, or remove the folder.");
    }
    return dataset;
  }

  /**
   * A training and a validation part by the seed. They are divided by name before anything is decoded: a file
   * that breaks later does not move the others. For folds, all of them are the training part.
   */
  DataSplits setAside(Path root, List<Entry> entries, List<String> classes, String what, List<String> notes)
      throws DatasetException {
    if (options.folds() > 0) {
      useWindow(root, entries);
      return DataSplits.undivided(trainingPart(root, entries, classes, what), notes);
    }
    StratifiedSplit.Parts parts = StratifiedSplit.split(entries, classes.size(), options);
    List<Entry> training = choose(entries, parts.train());
    useWindow(root, training);
    Dataset[] datasets = {
      trainingPart(root, training, classes, what + " (training part)"),
      part(root, choose(entries, parts.validation()), classes, what + " (validation part)")
    };
    if (datasets[1].size() == 0) {
      throw new DatasetException(
          Places.text(root)
              + " has too few readable images to set a validation part aside: a class needs at least two."
              + " Give more images, or a folder val/ beside train/.");
    }
    return DataSplits.setAside(datasets, describe(what, datasets, entries), notes);
  }

  private String describe(String what, Dataset[] parts, List<Entry> entries) {
    long groups = entries.stream().map(Entry::group).filter(group -> group != null).distinct().count();
    if (groups == 0) {
      return Datasets.describeSplit(what, parts, options);
    }
    String remark =
        String.format(
            Locale.ROOT, "%.4g %% of each class set aside by seed %d, as nearly as %,d groups allow",
            100 * options.validationFraction(), options.seed(), groups);
    return Datasets.describe(what, parts[0], parts[1], remark);
  }

  private static List<Entry> choose(List<Entry> entries, int[] indices) {
    List<Entry> chosen = new ArrayList<>(indices.length);
    for (int index : indices) {
      chosen.add(entries.get(index));
    }
    return chosen;
  }
}
