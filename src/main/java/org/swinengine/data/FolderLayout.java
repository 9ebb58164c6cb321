package org.swinengine.data;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What the folders in a data folder are: parts, which hold a folder for each class, or the classes
 * themselves. The names of parts are the usual ones in any case, {@link DataPart}; where names and contents
 * leave two readings, the data are refused, because the wrong one would train without complaint.
 *
 * @param root the data folder
 * @param parts the folder of each part; empty: the folders are classes
 * @param classes the class folders where there are no parts
 * @param notes what was taken for what, for the user
 */
record FolderLayout(Path root, Map<DataPart, String> parts, List<String> classes, List<String> notes) {
  /** The layouts that are read, for messages. */
  static final String UNDERSTOOD =
      "Understood are CLASS/image.jpg, and train/CLASS/image.jpg with val/CLASS/image.jpg,"
          + " test/CLASS/image.jpg or both";

  /** The plain names of parts. */
  private static final Set<String> PLAIN = Set.of("train", "val", "valid", "validation", "test");

  /** Folders that hold all pictures of a data set, or what belongs to them, but never those of one class. */
  private static final Set<String> NO_CLASSES =
      Set.of(
          "images", "image", "imgs", "img", "pictures", "photos", "jpegimages", "masks", "mask", "labels",
          "label",
          "annotations", "gt", "groundtruth", "ground_truth", "segmentation", "segmentations");

  /**
   * @param files names of the files in the folder
   * @param folders names of the folders in it, sorted; at least one
   * @throws DatasetException with a sentence that says which layout was met and which are understood
   */
  static FolderLayout of(Path root, List<String> files, List<String> folders) throws IOException {
    Map<DataPart, List<String>> named = new EnumMap<>(DataPart.class);
    List<String> others = new ArrayList<>();
    for (String folder : folders) {
      DataPart.named(folder)
          .ifPresentOrElse(
              part -> named.computeIfAbsent(part, key -> new ArrayList<>()).add(folder),
              () -> others.add(folder));
    }
    List<String> candidates = folders.stream().filter(folder -> !others.contains(folder)).toList();
    List<String> nested = new ArrayList<>();
    for (String folder : candidates) {
      if (!FolderFiles.foldersIn(root.resolve(folder)).isEmpty()) {
        nested.add(folder);
      }
    }
    if (candidates.isEmpty()) {
      return classes(root, files, folders, List.of());
    }
    if (nested.isEmpty()) {
      // "train" beside "car" and "bus" is a class; beside one folder alone it may be anything.
      int fewest = named.containsKey(DataPart.TRAIN) ? 2 : 1;
      if (candidates.size() == 1 && others.size() >= fewest) {
        return classes(root, files, folders,
            List.of(isClass(candidates.get(0)) + ": it holds no class folders"));
      }
      throw new DatasetException(
          Places.text(root.resolve(candidates.get(0)))
              + " holds no class folders. It should hold one folder of images for each"
              + " class." + aboutTables(root, files) + " " + UNDERSTOOD + ".");
    }
    if (areClasses(root, named, candidates, others)) {
      return classes(root, files, folders,
          List.of(isClass(candidates.get(0)) + ", as the folders beside it"));
    }
    return parts(root, named, others);
  }

  /** The folder of a part that there is. */
  String folder(DataPart part) {
    return Objects.requireNonNull(parts.get(part), part::text);
  }

  private static String isClass(String folder) {
    return folder + "/ is taken for a class";
  }

  /**
   * Whether one folder with a part's name is a class among others.
   *
   * @throws DatasetException if that is doubtful
   */
  private static boolean areClasses(
      Path root, Map<DataPart, List<String>> named, List<String> candidates, List<String> others)
      throws IOException {
    if (others.isEmpty() || candidates.contains("train")) {
      return false;
    }
    List<String> withImages = new ArrayList<>();
    List<String> nested = new ArrayList<>();
    for (String other : others) {
      if (FolderFiles.holdsImages(root.resolve(other))) {
        withImages.add(other);
        if (!FolderFiles.foldersIn(root.resolve(other)).isEmpty()) {
          nested.add(other);
        }
      }
    }
    boolean alone = candidates.size() == 1 && !named.containsKey(DataPart.TRAIN);
    if (alone && !withImages.isEmpty() && nested.size() == others.size()) {
      return true;
    }
    boolean doubtful = candidates.size() == 1 ? !withImages.isEmpty() : !nested.isEmpty();
    if (doubtful) {
      String other = candidates.size() == 1 ? withImages.get(0) : nested.get(0);
      throw new DatasetException(
          Places.text(root) + " holds " + list(candidates) + ", named as parts are, beside " + other
              + "/, which holds images too: it is not certain whether these folders are parts or classes."
              + " " + UNDERSTOOD
              + "; rename or move what does not belong to one of them.");
    }
    return false;
  }

  private static FolderLayout parts(Path root, Map<DataPart, List<String>> named, List<String> others)
      throws DatasetException {
    Map<DataPart, String> parts = new EnumMap<>(DataPart.class);
    List<String> unused = new ArrayList<>(others);
    for (Map.Entry<DataPart, List<String>> entry : named.entrySet()) {
      String chosen = only(root, entry.getKey(), entry.getValue());
      parts.put(entry.getKey(), chosen);
      entry.getValue().stream().filter(folder -> !folder.equals(chosen)).forEach(unused::add);
    }
    List<String> notes = new ArrayList<>();
    notes.add(
        parts.entrySet().stream()
            .map(entry -> entry.getValue() + "/ is the " + entry.getKey().text() + " part")
            .collect(Collectors.joining(", ")));
    if (!unused.isEmpty()) {
      notes.add("ignored " + list(unused) + ": no part");
    }
    return new FolderLayout(root, parts, List.of(), List.copyOf(notes));
  }

  /** The one folder that is a part, or the one that has a part's plain name. */
  private static String only(Path root, DataPart part, List<String> folders) throws DatasetException {
    List<String> plain = folders.stream().filter(PLAIN::contains).toList();
    boolean twice =
        folders.stream().map(folder -> folder.toLowerCase(Locale.ROOT)).distinct().count() < folders.size();
    if (folders.size() > 1 && (plain.size() != 1 || twice)) {
      throw new DatasetException(
          Places.text(root) + " holds " + list(folders) + ", and each of them may be the " + part.text()
              + " part. Rename or move all but one.");
    }
    return folders.size() == 1 ? folders.get(0) : plain.get(0);
  }

  private static FolderLayout classes(Path root, List<String> files, List<String> folders, List<String> notes)
      throws IOException {
    requireClassNames(root, files, folders);
    if (folders.size() == 1) {
      String only = folders.get(0);
      List<String> inner = FolderFiles.foldersIn(root.resolve(only));
      if (!inner.isEmpty() && !FolderFiles.holdsImagesItself(root.resolve(only))) {
        throw new DatasetException(
            Places.text(root) + " holds only the folder " + only + "/, in which there are the folders "
                + list(inner)
                + ": the layout lies one level deeper. Give " + Places.text(root.resolve(only)) + ".");
      }
    }
    requirePartsOutside(root, folders);
    return new FolderLayout(root, Map.of(), folders, notes);
  }

  /** Whether a folder of this name holds images, or what belongs to them, of all classes. */
  static boolean holdsNoClasses(String folder) {
    return NO_CLASSES.contains(folder.toLowerCase(Locale.ROOT));
  }

  /**
   * Refuses folders that are no classes by their names.
   *
   * @param files in the folder where they are
   */
  static void requireClassNames(Path root, List<String> files, List<String> folders) throws DatasetException {
    if (folders.stream().allMatch(FolderLayout::holdsNoClasses)) {
      throw new DatasetException(
          Places.text(root) + " holds " + list(folders) + ", which are no classes by their names."
              + aboutTables(root, files) + " "
              + UNDERSTOOD + "; put the images of each class into a folder that has the class's name.");
    }
  }

  /** {@code cat/train, cat/test, dog/train, …}: the parts would be mixed. */
  private static void requirePartsOutside(Path root, List<String> folders) throws IOException {
    @Nullable String first = null;
    for (String folder : folders) {
      List<String> inner = FolderFiles.foldersIn(root.resolve(folder));
      if (inner.size() < 2 || !inner.stream().allMatch(name -> DataPart.named(name).isPresent())) {
        return;
      }
      first = first == null ? folder + "/" + inner.get(0) : first;
    }
    throw new DatasetException(
        Places.text(root) + " holds class folders with parts in each of them (such as " + first
            + "), which would be mixed. "
            + UNDERSTOOD + ": put the parts above the classes.");
  }

  /** A hint about the table beside the images; empty if there is none. */
  static String aboutTables(Path root, List<String> files) {
    return files.stream()
        .filter(name -> name.toLowerCase(Locale.ROOT).matches(".*\\.(csv|tsv|json|jsonl|xlsx?|parquet|xml)"))
        .findFirst()
        .map(
            table -> ListLayout.isList(table)
                ? " If " + Places.text(root.resolve(table)) + " lists the images, give it as the data."
                : " Tables of labels, such as " + Places.text(root.resolve(table))
                    + ", are not read; CSV, TSV and JSON lines are.")
        .orElse("");
  }

  private static String list(List<String> folders) {
    int shown = Math.min(4, folders.size());
    String text =
        folders.subList(0, shown).stream().map(name -> name + "/").collect(Collectors.joining(", "));
    return shown == folders.size() ? text : text + " and " + (folders.size() - shown) + " more";
  }
}
