package org.swinengine.data;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.swinengine.data.FolderDataset.Entry;
import org.swinengine.data.list.LabelList;
import org.swinengine.data.list.ListException;

/** Opens the images that lists name. */
final class ListFolder {
  /** Images that are looked for to find out where the paths of a list begin. */
  private static final int TRIED = 50;

  /** An image in a list, found on the disk. */
  private record Found(LabelList.Image image, String file, @Nullable String group, LabelList list) {
    String place() {
      return list.file() + ", line " + image.line();
    }
  }

  /** What a part's lists name, in their order. */
  private record Part(Path root, List<Found> images) {}

  private final ListLayout layout;
  private final DatasetOptions options;
  private final GroupsByPath groups;
  private final ImageParts imageParts;
  private final Map<DataPart, Part> parts = new EnumMap<>(DataPart.class);
  private final List<String> notes = new ArrayList<>();
  private boolean multiLabel;

  /** The classes of lists that have a column for each; else empty. */
  private List<String> columns = List.of();

  /** Whether the lists say which image is in which part. */
  private boolean divided;

  /** @throws DatasetException if the lists cannot be used */
  ListFolder(ListLayout layout, DatasetOptions options) throws IOException {
    this.layout = layout;
    this.options = options;
    groups = new GroupsByPath(options.groupPattern());
    imageParts = new ImageParts(options);
    try {
      for (ListLayout.Source source : layout.sources()) {
        read(source);
      }
    } catch (ListException e) {
      throw new DatasetException(String.valueOf(e.getMessage()), e);
    }
    for (Part part : parts.values()) {
      unite(part.images());
    }
  }

  /** The parts that the lists tell; none where they tell nothing. */
  Set<DataPart> parts() {
    return divided ? parts.keySet() : Set.of();
  }

  List<String> notes() {
    return List.copyOf(notes);
  }

  private String what() {
    return layout.sources().stream().map(source -> Places.text(source.list()))
        .collect(Collectors.joining(" and ", layout.sources().size() == 1 ? "List " : "Lists ", ""));
  }

  private void read(ListLayout.Source source) throws IOException {
    LabelList list = LabelList.read(source.list(), options.columns());
    notes.addAll(list.notes());
    multiLabel |= list.isMultiLabel();
    if (!columns.isEmpty() && !columns.equals(list.classes())) {
      throw new DatasetException(
          source.list() + " has other columns of classes than the lists before it: "
              + String.join(", ", list.classes()) + " instead of " + String.join(", ", columns) + ".");
    }
    columns = list.classes();
    Path base = base(source, list);
    String ending = "";
    int unlabelled = 0;
    for (LabelList.Image image : list.images()) {
      if (image.labels().isEmpty() && !list.isMultiLabel()) {
        unlabelled++;
        continue;
      }
      DataPart part = source.part() != null ? source.part() : part(image, list);
      Path path = path(base, image, list);
      if (!FolderFiles.isImageName(image.path())) {
        ending = ending(path, ending);
        path = path.resolveSibling(path.getFileName() + ending);
      }
      Path root = base.startsWith(layout.root()) ? layout.root() : base;
      String file =
          (path.startsWith(root) ? root.relativize(path) : path).toString().replace('\\', '/');
      String group =
          groups.isGiven() ? groups.of(file) : image.group().isEmpty() ? null : image.group();
      parts.computeIfAbsent(part, key -> new Part(root, new ArrayList<>())).images()
          .add(new Found(image, file, group, list));
    }
    if (unlabelled > 0) {
      notes.add(
          source.list().getFileName() + ": " + unlabelled + (unlabelled == 1 ? " image has" : " images have")
              + " no label and " + (unlabelled == 1 ? "is" : "are") + " left out");
    }
  }

  private DataPart part(LabelList.Image image, LabelList list) throws DatasetException {
    Optional<DataPart> named = DataPart.named(image.split().strip());
    if (named.isEmpty() && !image.split().isEmpty()) {
      throw new DatasetException(
          list.file() + ", line " + image.line() + " puts its image into the part \"" + image.split()
              + "\"; understood are train, val and test. Another column is chosen with `splitColumn`.");
    }
    if (named.isEmpty()) {
      named = ofFolder(image, list);
    }
    if (named.isEmpty() && divided) {
      throw new DatasetException(
          list.file() + ", line " + image.line()
              + " does not say which part its image is in, but lines before it do.");
    }
    if (named.isPresent() && !divided && !parts.isEmpty()) {
      throw new DatasetException(
          list.file() + ", line " + image.line()
              + " says which part its image is in, but lines before it do not.");
    }
    divided |= named.isPresent();
    return named.orElse(DataPart.TRAIN);
  }

  /** {@code train/0001.png} in the list of an image folder. */
  private Optional<DataPart> ofFolder(LabelList.Image image, LabelList list) {
    boolean metadata = list.file().getFileName().toString().startsWith("metadata.");
    int slash = image.path().indexOf('/');
    return metadata && slash > 0 ? DataPart.named(image.path().substring(0, slash)) : Optional.empty();
  }

  private static Path path(Path base, LabelList.Image image, LabelList list) throws DatasetException {
    try {
      return base.resolve(image.path().replace('\\', '/')).normalize();
    } catch (InvalidPathException e) {
      throw new DatasetException(
          list.file() + ", line " + image.line() + " has a path that is none: " + image.path(), e);
    }
  }

  /** What a name without an ending needs for there to be such a file; empty if nothing helps. */
  private static String ending(Path path, String tried) {
    if (Files.isRegularFile(path.resolveSibling(path.getFileName() + tried))) {
      return tried;
    }
    for (String ending : FolderFiles.extensions().split(" ")) {
      for (String written : new String[] {ending, ending.toUpperCase(Locale.ROOT)}) {
        if (Files.isRegularFile(path.resolveSibling(path.getFileName() + written))) {
          return written;
        }
      }
    }
    return "";
  }

  /** The folder in which most of the first images are. */
  private Path base(ListLayout.Source source, LabelList list) throws IOException {
    if (source.part() != null) {
      divided = true;
    }
    if (source.base() != null) {
      return source.base();
    }
    Path folder = layout.root();
    List<Path> candidates = new ArrayList<>();
    String given = options.columns().imageRoot();
    if (given != null) {
      candidates.add(folder.resolve(given));
    } else {
      candidates.add(folder);
      for (String inner : FolderFiles.foldersIn(folder)) {
        candidates.add(folder.resolve(inner));
      }
    }
    Path best = folder;
    int most = 0;
    for (Path candidate : candidates) {
      int found = 0;
      for (LabelList.Image image : list.images().subList(0, Math.min(TRIED, list.images().size()))) {
        Path path = path(candidate, image, list);
        found += Files.isRegularFile(path) || !ending(path, "").isEmpty() ? 1 : 0;
      }
      if (found > most) {
        most = found;
        best = candidate;
      }
    }
    if (most == 0) {
      String first = list.images().isEmpty() ? "any image" : list.images().get(0).path();
      throw new DatasetException(
          list.file() + " lists " + first + ", but neither this nor one of the images after it is in "
              + candidates.stream().limit(4).map(Places::text).collect(Collectors.joining(", "))
              + ". Say which folder the paths begin in with `imageRoot`.");
    }
    return best;
  }

  /** Takes an image that is listed twice once. */
  private void unite(List<Found> images) throws DatasetException {
    Map<String, Found> first = new HashMap<>();
    List<Found> once = new ArrayList<>();
    for (Found found : images) {
      Found before = first.putIfAbsent(found.file(), found);
      if (before == null) {
        once.add(found);
      } else if (!Set.copyOf(before.image().labels()).equals(Set.copyOf(found.image().labels()))) {
        throw new DatasetException(
            found.place() + " gives " + found.image().path() + " the label "
                + String.join(" and ", found.image().labels()) + ", but " + before.place() + " gives it "
                + String.join(" and ", before.image().labels())
                + ". Keep one of them; several labels of an image stand on one line, with | between.");
      }
    }
    if (once.size() < images.size()) {
      notes.add(images.size() - once.size() + " lines list an image again, with the same label");
      images.clear();
      images.addAll(once);
    }
  }

  /** The classes of parts: whole numbers by size, all else by letters. */
  private List<String> classes(List<Part> of) {
    if (!columns.isEmpty()) {
      return columns;
    }
    Set<String> names = new TreeSet<>();
    of.forEach(part -> part.images().forEach(found -> names.addAll(found.image().labels())));
    boolean numbers = names.stream().allMatch(name -> name.matches("[+-]?\\d{1,18}"));
    Comparator<String> order =
        numbers ? Comparator.comparing(BigInteger::new) : Comparator.naturalOrder();
    return names.stream().sorted(order.thenComparing(Comparator.naturalOrder())).toList();
  }

  private List<Entry> entries(Part part, List<String> classes) throws DatasetException {
    Map<String, Integer> numbers = new HashMap<>();
    for (String name : classes) {
      numbers.put(name, numbers.size());
    }
    List<Entry> entries = new ArrayList<>();
    for (Found found : part.images()) {
      int[] labels = new int[found.image().labels().size()];
      for (int i = 0; i < labels.length; i++) {
        String name = found.image().labels().get(i);
        Integer number = numbers.get(name);
        if (number == null) {
          throw new DatasetException(
              found.place() + " has the class " + name + ", which the training part does not have; it has "
                  + String.join(", ", classes.subList(0, Math.min(10, classes.size())))
                  + (classes.size() > 10 ? ", ..." : "") + ".");
        }
        labels[i] = number;
      }
      Arrays.sort(labels);
      entries.add(
          multiLabel ? Entry.of(found.file(), labels, found.group())
              : new Entry(found.file(), labels[0], found.group()));
    }
    return entries;
  }

  /** Opens them for training. */
  DataSplits splits() throws DatasetException {
    Part train = parts.get(DataPart.TRAIN);
    if (train == null) {
      throw new DatasetException(what() + " has no training part.");
    }
    List<String> classes = classes(List.of(train));
    List<Entry> training = entries(train, classes);
    if (parts.size() == 1) {
      return imageParts.setAside(train.root(), training, classes, what(), notes());
    }
    imageParts.useWindow(train.root(), training);
    Dataset trainSet = imageParts.trainingPart(train.root(), training, classes, what() + " (training part)");
    Dataset validation = evaluationPart(DataPart.VALIDATION, classes);
    Dataset test = evaluationPart(DataPart.TEST, classes);
    if (validation == null) {
      Dataset only = Objects.requireNonNull(test);
      String description =
          Datasets.describe(what(), trainSet, only, "the test part is used for validation");
      return new DataSplits(trainSet, only, Optional.empty(), description, false, notes());
    }
    String remark =
        test == null ? "as given" : String.format(Locale.ROOT, "and %,d test images", test.size());
    return new DataSplits(
        trainSet, validation, Optional.ofNullable(test),
        Datasets.describe(what(), trainSet, validation, remark), false, notes());
  }

  private @Nullable Dataset evaluationPart(DataPart name, List<String> classes) throws DatasetException {
    Part part = parts.get(name);
    return part == null
        ? null
        : imageParts.part(
            part.root(), entries(part, classes), classes, what() + " (" + name.text() + " part)");
  }

  /** Parts whose images are to be measured, all where none are named, with the classes that they have. */
  Dataset measured(List<DataPart> wanted) throws DatasetException {
    List<DataPart> names = wanted.isEmpty() ? List.copyOf(parts.keySet()) : wanted;
    List<Part> chosen = names.stream().map(parts::get).filter(part -> part != null).toList();
    List<String> classes = classes(chosen);
    List<Dataset> datasets = new ArrayList<>();
    for (Part part : chosen) {
      datasets.add(imageParts.part(part.root(), entries(part, classes), classes, what()));
    }
    if (datasets.isEmpty()) {
      throw new DatasetException(what() + " lists no image.");
    }
    return datasets.size() == 1 ? datasets.get(0) : new JoinedDataset(datasets, what());
  }
}
