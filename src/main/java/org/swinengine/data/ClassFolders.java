package org.swinengine.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.swinengine.data.FolderDataset.Entry;

/** Opens the images of a folder per class. */
final class ClassFolders {
  private final FolderLayout layout;
  private final Path root;
  private final ImageParts parts;
  private final FolderFiles found;
  private final GroupsByPath groups;

  ClassFolders(FolderLayout layout, DatasetOptions options) {
    this.layout = layout;
    parts = new ImageParts(options);
    root = layout.root();
    found = new FolderFiles(root);
    groups = new GroupsByPath(options.groupPattern());
  }

  /** Opens them for training. */
  static DataSplits open(FolderLayout layout, DatasetOptions options) throws IOException {
    return new ClassFolders(layout, options).splits();
  }

  private DataSplits splits() throws IOException {
    String what = "Folders in " + Places.text(root);
    Map<DataPart, String> folders = layout.parts();
    if (folders.isEmpty()) {
      found.beside(root);
      return split(what, "", layout.classes());
    }
    String trainFolder = folders.get(DataPart.TRAIN);
    if (trainFolder == null) {
      throw new DatasetException(
          Places.text(root) + " holds no training part, only " + String.join("/ and ", folders.values())
              + "/. "
              + FolderLayout.UNDERSTOOD + ".");
    }
    List<String> classes = classesOf(trainFolder);
    if (folders.size() == 1) {
      return split(what + "/" + trainFolder, trainFolder + "/", classes);
    }
    List<Entry> trainEntries = entries(trainFolder + "/", classes, true);
    parts.useWindow(root, trainEntries);
    Dataset train = parts.trainingPart(root, trainEntries, classes, what + "/" + trainFolder);
    Optional<Dataset> test = Optional.empty();
    if (folders.containsKey(DataPart.TEST)) {
      test = Optional.of(evaluationPart(folders.get(DataPart.TEST), classes));
    }
    if (!folders.containsKey(DataPart.VALIDATION)) {
      String description = Datasets.describe(what, train, test.get(), "the test part is used for validation");
      return new DataSplits(train, test.get(), Optional.empty(), description, false, notes());
    }
    Dataset validation = evaluationPart(folders.get(DataPart.VALIDATION), classes);
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
    return parts.setAside(root, entries(prefix, classes, true), classes, what, notes());
  }

  private List<String> classesOf(String part) throws IOException {
    List<String> files = new ArrayList<>();
    List<String> folders = new ArrayList<>();
    Datasets.list(root.resolve(part), files, folders);
    if (folders.isEmpty()) {
      throw new DatasetException(
          Places.text(root.resolve(part))
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
            Places.text(root.resolve(part).resolve(name)) + " is a class that "
                + Places.text(root.resolve(layout.folder(DataPart.TRAIN))) + " does not have; it has "
                + String.join(", ", classes.subList(0, Math.min(10, classes.size())))
                + (classes.size() > 10 ? ", ..." : "") + ".");
      }
    }
    List<Entry> entries = entries(part + "/", classes, false);
    if (entries.isEmpty()) {
      throw new DatasetException(
          Places.text(root.resolve(part)) + " holds no images (looked for " + FolderFiles.extensions()
              + ").");
    }
    return parts.part(root, entries, classes, "Folders in " + Places.text(root) + "/" + part);
  }

  /** Parts whose images are to be measured, with the classes that their folders name. */
  Dataset measured(List<DataPart> wanted) throws IOException {
    Set<String> names = new TreeSet<>();
    List<String> prefixes = new ArrayList<>();
    for (DataPart part : wanted) {
      names.addAll(classesOf(layout.folder(part)));
      prefixes.add(layout.folder(part) + "/");
    }
    if (wanted.isEmpty()) {
      names.addAll(layout.classes());
      prefixes.add("");
      found.beside(root);
    }
    List<String> classes = List.copyOf(names);
    List<Entry> entries = new ArrayList<>();
    for (String prefix : prefixes) {
      entries.addAll(entries(prefix, classes, false));
    }
    String description = "Folders in " + Places.text(root);
    if (prefixes.size() == 1 && !wanted.isEmpty()) {
      description += "/" + prefixes.get(0).substring(0, prefixes.get(0).length() - 1);
    }
    if (entries.isEmpty()) {
      throw new DatasetException(
          description + ": there are no images (looked for " + FolderFiles.extensions() + ").");
    }
    return parts.part(root, entries, classes, description);
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
            Places.text(folder) + " holds no images (looked for " + FolderFiles.extensions()
                + ", also in folders below). Every folder in "
                + Places.text(Objects.requireNonNull(folder.getParent()))
                + " is taken for a class: fill it or remove it.");
      }
      for (Path file : files) {
        String name = root.relativize(file).toString().replace('\\', '/');
        entries.add(new Entry(name, label, groups.of(name)));
      }
    }
    return entries;
  }
}
