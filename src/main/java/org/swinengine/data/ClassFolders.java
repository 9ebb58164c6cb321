package org.swinengine.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.swinengine.data.FolderDataset.Entry;

/** Opens the images of a folder per class. */
final class ClassFolders {
  private final FolderLayout layout;
  private final Path root;
  private DatasetOptions options;
  private final FolderFiles found;

  ClassFolders(FolderLayout layout, DatasetOptions options) {
    this.layout = layout;
    this.options = options;
    root = layout.root();
    found = new FolderFiles(root);
  }

  /** Opens them for training. */
  static DataSplits open(FolderLayout layout, DatasetOptions options) throws IOException {
    return new ClassFolders(layout, options).splits();
  }

  private DataSplits splits() throws IOException {
    String what = "Folders in " + root;
    Map<DataPart, String> parts = layout.parts();
    if (parts.isEmpty()) {
      found.beside(root);
      return split(what, "", layout.classes());
    }
    String trainFolder = parts.get(DataPart.TRAIN);
    if (trainFolder == null) {
      throw new DatasetException(
          root + " holds no training part, only " + String.join("/ and ", parts.values()) + "/. "
              + FolderLayout.UNDERSTOOD + ".");
    }
    List<String> classes = classesOf(trainFolder);
    if (parts.size() == 1) {
      return split(what + "/" + trainFolder, trainFolder + "/", classes);
    }
    List<Entry> trainEntries = entries(trainFolder + "/", classes, true);
    useWindow(trainEntries);
    Dataset train = trainingPart(trainEntries, classes, what + "/" + trainFolder);
    Optional<Dataset> test = Optional.empty();
    if (parts.containsKey(DataPart.TEST)) {
      test = Optional.of(evaluationPart(parts.get(DataPart.TEST), classes));
    }
    if (!parts.containsKey(DataPart.VALIDATION)) {
      String description = Datasets.describe(what, train, test.get(), "the test part is used for validation");
      return new DataSplits(train, test.get(), Optional.empty(), description, false, notes());
    }
    Dataset validation = evaluationPart(parts.get(DataPart.VALIDATION), classes);
    String remark = test.map(t -> String.format(Locale.ROOT, "and %,d test images",
        t.size())).orElse("as given");
    String description = Datasets.describe(what, train, validation, remark);
    return new DataSplits(train, validation, test, description, false, notes());
  }

  /** What was taken for what, and what is not used of what has been opened. */
  List<String> notes() {
    List<String> notes = new ArrayList<>(layout.notes());
    notes.addAll(found.notes());
    return List.copyOf(notes);
  }

  private DataSplits split(String what, String prefix, List<String> classes) throws IOException {
    List<Entry> entries = entries(prefix, classes, true);
    int[] labels = entries.stream().mapToInt(Entry::label).toArray();
    // Split by name before anything is decoded: a file that breaks later does not move the others.
    StratifiedSplit.Parts parts =
        StratifiedSplit.split(labels, classes.size(), options.validationFraction(), options.seed());
    useWindow(choose(entries, parts.train()));
    Dataset[] datasets = {
      trainingPart(choose(entries, parts.train()), classes, what + " (training part)"),
      part(choose(entries, parts.validation()), classes, what + " (validation part)")
    };
    if (datasets[1].size() == 0) {
      throw new DatasetException(
          root + " has too few readable images to set a validation part aside: a class needs at least two."
              + " Give more images, or a folder val/ beside train/.");
    }
    return DataSplits.setAside(datasets, Datasets.describeSplit(what, datasets, options), notes());
  }

  private static List<Entry> choose(List<Entry> entries, int[] indices) {
    List<Entry> chosen = new ArrayList<>(indices.length);
    for (int index : indices) {
      chosen.add(entries.get(index));
    }
    return chosen;
  }

  /** A part of which no class may be without a readable image. */
  private FolderDataset trainingPart(List<Entry> entries, List<String> classes, String description)
      throws DatasetException {
    FolderDataset dataset = part(entries, classes, description);
    Set<Integer> unreadable = new TreeSet<>();
    entries.forEach(entry -> unreadable.add(entry.label()));
    for (int i = 0; i < dataset.size(); i++) {
      unreadable.remove(dataset.label(i));
    }
    for (int label : unreadable) {
      List<String> files = entries.stream().filter(entry -> entry.label() == label).map(Entry::file).toList();
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

  /** Uses a window instead of percentiles: those of the training images. */
  private void useWindow(List<Entry> training) {
    if (options.sampleRange().kind() == SampleRange.Kind.PERCENTILES) {
      options = options.withSampleRange(FolderDataset.window(root, training, options.sampleRange()));
    }
  }

  private FolderDataset part(List<Entry> entries, List<String> classes, String description)
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

  private List<String> classesOf(String part) throws IOException {
    List<String> files = new ArrayList<>();
    List<String> folders = new ArrayList<>();
    Datasets.list(root.resolve(part), files, folders);
    if (folders.isEmpty()) {
      throw new DatasetException(
          root.resolve(part)
              + " holds no class folders. It should hold one folder of images for each class.");
    }
    FolderLayout.requireClassNames(root.resolve(part), files, folders);
    found.beside(root.resolve(part));
    return folders;
  }

  private Dataset evaluationPart(String part, List<String> classes) throws IOException {
    for (String name : classesOf(part)) {
      if (!classes.contains(name)) {
        throw new DatasetException(
            root.resolve(part).resolve(name) + " is a class that "
                + root.resolve(layout.folder(DataPart.TRAIN)) + " does not have; it has "
                + String.join(", ", classes.subList(0, Math.min(10, classes.size())))
                + (classes.size() > 10 ? ", ..." : "") + ".");
      }
    }
    List<Entry> entries = entries(part + "/", classes, false);
    if (entries.isEmpty()) {
      throw new DatasetException(
          root.resolve(part) + " holds no images (looked for " + FolderFiles.extensions() + ").");
    }
    return part(entries, classes, "Folders in " + root + "/" + part);
  }

  /** Parts whose images are to be measured, with the classes that their folders name. */
  Dataset measured(List<DataPart> parts) throws IOException {
    Set<String> names = new TreeSet<>();
    List<String> prefixes = new ArrayList<>();
    for (DataPart part : parts) {
      names.addAll(classesOf(layout.folder(part)));
      prefixes.add(layout.folder(part) + "/");
    }
    if (parts.isEmpty()) {
      names.addAll(layout.classes());
      prefixes.add("");
      found.beside(root);
    }
    List<String> classes = List.copyOf(names);
    List<Entry> entries = new ArrayList<>();
    for (String prefix : prefixes) {
      entries.addAll(entries(prefix, classes, false));
    }
    String description = "Folders in " + root;
    if (prefixes.size() == 1 && !parts.isEmpty()) {
      description += "/" + prefixes.get(0).substring(0, prefixes.get(0).length() - 1);
    }
    if (entries.isEmpty()) {
      throw new DatasetException(
          description + ": there are no images (looked for " + FolderFiles.extensions() + ").");
    }
    return part(entries, classes, description);
  }

  /** All images below root/prefix/CLASS, class by class, in each class by folder and name. */
  private List<Entry> entries(String prefix, List<String> classes, boolean everyClass) throws IOException {
    List<Entry> entries = new ArrayList<>();
    for (int label = 0; label < classes.size(); label++) {
      Path folder = root.resolve(prefix + classes.get(label));
      if (!everyClass && !Files.isDirectory(folder)) {
        continue;
      }
      List<Path> files = found.images(folder);
      if (everyClass && files.isEmpty()) {
        throw new DatasetException(
            folder + " holds no images (looked for " + FolderFiles.extensions()
                + ", also in folders below). Every folder in "
                + folder.getParent() + " is taken for a class: fill it or remove it.");
      }
      for (Path file : files) {
        entries.add(new Entry(root.relativize(file).toString().replace('\\', '/'), label));
      }
    }
    return entries;
  }
}
