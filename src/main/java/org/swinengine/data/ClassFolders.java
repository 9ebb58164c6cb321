package org.swinengine.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.swinengine.data.FolderDataset.Entry;

/** Finds the images of a folder per class. */
final class ClassFolders {
  private static final List<String> EXTENSIONS =
      List.of(".jpg", ".jpeg", ".png", ".bmp", ".gif", ".tif", ".tiff", ".webp");
  private static final Set<String> VALIDATION_NAMES = Set.of("val", "valid", "validation");

  private ClassFolders() {}

  static DataSplits open(Path root, List<String> folders, DatasetOptions given) throws IOException {
    DatasetOptions options = given;
    String what = "Folders in " + root;
    if (!folders.contains("train")) {
      List<String> classes = folders;
      return split(what, root, classes, entries(root, "", classes, true), options);
    }
    List<String> classes = classesOf(root, "train");
    List<Entry> trainEntries = entries(root, "train/", classes, true);
    Optional<String> validationFolder = folders.stream().filter(VALIDATION_NAMES::contains).findFirst();
    boolean hasTest = folders.contains("test");
    if (validationFolder.isEmpty() && !hasTest) {
      return split(what + "/train", root, classes, trainEntries, options);
    }
    options = withWindow(root, trainEntries, options);
    Dataset train = part(root, trainEntries, classes, what + "/train", options);
    Optional<Dataset> test = Optional.empty();
    if (hasTest) {
      test = Optional.of(evaluationPart(root, "test", classes, options));
    }
    if (validationFolder.isEmpty()) {
      String description = Datasets.describe(what, train, test.get(), "the test part is used for validation");
      return new DataSplits(train, test.get(), Optional.empty(), description);
    }
    Dataset validation = evaluationPart(root, validationFolder.get(), classes, options);
    String remark = test.map(t -> String.format(Locale.ROOT, "and %,d test images",
        t.size())).orElse("as given");
    return new DataSplits(train, validation, test, Datasets.describe(what, train, validation, remark));
  }

  private static DataSplits split(
      String what, Path root, List<String> classes, List<Entry> entries, DatasetOptions given)
      throws DatasetException {
    int[] labels = entries.stream().mapToInt(Entry::label).toArray();
    // Split by name before anything is decoded: a file that breaks later does not move the others.
    StratifiedSplit.Parts parts =
        StratifiedSplit.split(labels, classes.size(), given.validationFraction(), given.seed());
    DatasetOptions options = withWindow(root, choose(entries, parts.train()), given);
    Dataset[] datasets = {
      part(root, choose(entries, parts.train()), classes, what + " (training part)", options),
      part(root, choose(entries, parts.validation()), classes, what + " (validation part)", options)
    };
    if (datasets[1].size() == 0) {
      throw new DatasetException(
          root + " has too few readable images to set a validation part aside: a class needs at least two."
              + " Give more images, or a folder val/ beside train/.");
    }
    return new DataSplits(
        datasets[0], datasets[1], Optional.empty(), Datasets.describeSplit(what, datasets, options));
  }

  private static List<Entry> choose(List<Entry> entries, int[] indices) {
    List<Entry> chosen = new ArrayList<>(indices.length);
    for (int index : indices) {
      chosen.add(entries.get(index));
    }
    return chosen;
  }

  /** With a window instead of percentiles, those of the training images. */
  private static DatasetOptions withWindow(Path root, List<Entry> training, DatasetOptions options) {
    return options.sampleRange().kind() == SampleRange.Kind.PERCENTILES
        ? options.withSampleRange(FolderDataset.window(root, training, options.sampleRange()))
        : options;
  }

  private static FolderDataset part(
      Path root, List<Entry> entries, List<String> classes, String description, DatasetOptions options)
      throws DatasetException {
    FolderDataset dataset = FolderDataset.of(
        root, entries, classes, description, options.verifyUpTo(), options.sampleRange());
    if (dataset.size() == 0 && !entries.isEmpty()) {
      throw new DatasetException(
          description + ": none of the " + entries.size() + " images can be read, for instance "
              + dataset.skipped().get(0) + ".");
    }
    return dataset;
  }

  private static List<String> classesOf(Path root, String part) throws IOException {
    List<String> folders = new ArrayList<>();
    Datasets.list(root.resolve(part), new ArrayList<>(), folders);
    if (folders.isEmpty()) {
      throw new DatasetException(
          root.resolve(part)
          + " holds no class folders. It should hold one folder of images for each class.");
    }
    return folders;
  }

  private static Dataset evaluationPart(Path root, String part, List<String> classes, DatasetOptions options)
      throws IOException {
    for (String name : classesOf(root, part)) {
      if (!classes.contains(name)) {
        throw new DatasetException(
            root.resolve(part).resolve(name) + " is a class that " + root.resolve("train")
            + " does not have; it has "
                + String.join(", ", classes.subList(0, Math.min(10, classes.size())))
                + (classes.size() > 10 ? ", ..." : "") + ".");
      }
    }
    List<Entry> entries = entries(root, part + "/", classes, false);
    if (entries.isEmpty()) {
      throw new DatasetException(root.resolve(part) + " holds no images (looked for " + extensions() + ").");
    }
    return part(root, entries, classes, "Folders in " + root + "/" + part, options);
  }

  /** All images below root/prefix/CLASS, class by class, in each class by folder and name. */
  private static List<Entry> entries(Path root, String prefix, List<String> classes, boolean everyClass)
      throws IOException {
    List<Entry> entries = new ArrayList<>();
    for (int label = 0; label < classes.size(); label++) {
      Path folder = root.resolve(prefix + classes.get(label));
      if (!everyClass && !Files.isDirectory(folder)) {
        continue;
      }
      List<Path> files = images(folder);
      if (everyClass && files.isEmpty()) {
        throw new DatasetException(
            folder + " holds no images (looked for " + extensions()
            + ", also in folders below). Every folder in "
                + folder.getParent() + " is taken for a class: fill it or remove it.");
      }
      for (Path file : files) {
        entries.add(new Entry(root.relativize(file).toString().replace('\\', '/'), label));
      }
    }
    return entries;
  }

  private static List<Path> images(Path folder) throws IOException {
    Comparator<Path> byFolderThenName =
        Comparator.comparing((Path file) -> file.getParent().toString())
            .thenComparing(file -> file.getFileName().toString());
    try (Stream<Path> tree = Files.walk(folder, FileVisitOption.FOLLOW_LINKS)) {
      return tree.filter(file -> isVisible(folder.relativize(file)) && isImageName(file)
          && !Files.isDirectory(file))
          .sorted(byFolderThenName)
          .toList();
    } catch (UncheckedIOException e) {
      if (e.getCause() instanceof FileSystemLoopException loop) {
        throw new DatasetException(loop.getFile()
            + " is a link that leads back to a folder above it. Remove it.", e);
      }
      throw e.getCause();
    }
  }

  private static boolean isVisible(Path relative) {
    for (Path part : relative) {
      if (part.toString().startsWith(".")) {
        return false;
      }
    }
    return true;
  }

  private static boolean isImageName(Path file) {
    String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
    return EXTENSIONS.stream().anyMatch(name::endsWith);
  }

  private static String extensions() {
    return String.join(" ", EXTENSIONS);
  }
}
