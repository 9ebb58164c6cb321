package org.swinengine.data.segmentation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.swinengine.data.DataPart;
import org.swinengine.data.DataSplits;
import org.swinengine.data.DatasetException;
import org.swinengine.data.FoldedData;
import org.swinengine.data.SampleRandom;

/**
 * Pictures with masks at a path, in parts.
 *
 * <p>What is understood: a folder with {@code images} and {@code masks}, whose files belong together by their
 * names; {@code train}, {@code val} and {@code test} with these below, or below these; in place of a mask a
 * folder of masks, one for each object, or one for each class where the table of classes has all of their
 * names; a folder of masks for each class, named after it; a folder for each picture with {@code images} and
 * {@code masks}, as in the Data Science Bowl 2018; volumes in place of pictures, slice by slice: NIfTI files,
 * or folders of DICOM slices; folders of Synapse's files; a list with columns of pictures and masks. Masks
 * may be of another picture format only where that loses nothing: JPEG is refused.
 */
public final class SegmentationData {
  private static final List<String> TABLES = List.of("classes.csv", "classes.txt");

  private final Path path;
  private final SegmentationOptions options;
  private final Map<DataPart, List<MaskedPair>> parts = new EnumMap<>(DataPart.class);
  private final List<MaskedPair> undivided;
  private final List<String> notes;
  private final ClassTable classes;
  private final boolean overlapping;

  private SegmentationData(Path path, SegmentationOptions options) throws IOException {
    this.path = path;
    this.options = options;
    SegmentationLayout layout = SegmentationLayout.of(path, options.columns());
    notes = new ArrayList<>(layout.notes());
    ClassTable table = table();
    List<MaskedPair> everything = new ArrayList<>(layout.undivided());
    layout.parts().values().forEach(everything::addAll);
    List<String> names = table == null ? known() : table.names();
    boolean named = ofNamedClasses(everything, names);
    if (!named && names != null && names.size() > 2) {
      sayWhichAreUnnamed(everything, names);
    }
    for (Map.Entry<DataPart, List<MaskedPair>> part : layout.parts().entrySet()) {
      parts.put(part.getKey(), seen(named ? apart(part.getValue()) : part.getValue()));
    }
    undivided = seen(named ? apart(layout.undivided()) : layout.undivided());
    classes = table != null ? table : findClasses();
    overlapping = findOverlap();
    if (classes.size() > SegmentationDataset.IGNORED) {
      throw new DatasetException(
          path + " has " + classes.size() + " classes; there may be " + SegmentationDataset.IGNORED + ".");
    }
  }

  private List<MaskedPair> seen(List<MaskedPair> pairs) throws DatasetException {
    return options.neighbours() == 0 ? pairs : NeighbourSlices.of(pairs, options.neighbours());
  }

  /**
   * Finds out what is at a path.
   *
   * @throws DatasetException with a sentence for the user if there are no pictures with masks
   * @throws IOException when reading fails
   */
  public static SegmentationData at(Path path, SegmentationOptions options) throws IOException {
    return new SegmentationData(path, options);
  }

  /** Whether a folder or file looks like pictures with masks; looks at names alone. */
  public static boolean isAt(Path path) throws IOException {
    return SegmentationLayout.isAt(path);
  }

  /** Opens data to learn from. */
  public static DataSplits open(Path path, SegmentationOptions options) throws IOException {
    return at(path, options).splits();
  }

  /** The parts that there are; none where the data are undivided. */
  public Set<DataPart> parts() {
    return parts.keySet();
  }

  /** The classes of the masks. */
  public ClassTable classes() {
    return classes;
  }

  /** Lines for a person: what was taken for what. */
  public List<String> notes() {
    return List.copyOf(notes);
  }

  /** All pictures. */
  public SegmentationDataset all() {
    return dataset(allPairs(), path.toString());
  }

  /**
   * A part.
   *
   * @throws DatasetException if there is no such part
   */
  public SegmentationDataset part(DataPart part) throws DatasetException {
    List<MaskedPair> pairs = parts.get(part);
    if (pairs == null) {
      throw new DatasetException(
          path + " has no " + part.text() + " part"
              + (parts.isEmpty() ? "" : ", only " + parts.keySet().stream().map(DataPart::text).toList())
              + "; choose another `split`.");
    }
    return dataset(pairs, path + " (" + part.text() + " part)");
  }

  /** Parts to learn from and to measure on; the latter is set aside where there is none. */
  public DataSplits splits() throws DatasetException {
    List<MaskedPair> train = parts.isEmpty() ? undivided : parts.get(DataPart.TRAIN);
    if (train == null || train.isEmpty()) {
      throw new DatasetException(path + " has no training part; name a folder train, or leave out parts.");
    }
    List<MaskedPair> validation = parts.get(DataPart.VALIDATION);
    List<MaskedPair> test = parts.get(DataPart.TEST);
    if (validation == null && test != null) {
      validation = test;
      test = null;
    }
    boolean setAside = validation == null;
    SegmentationDataset whole = dataset(train, path.toString());
    SegmentationDataset learnt = whole;
    SegmentationDataset measured;
    if (validation == null) {
      int[][] divided = divide(whole, options.validationFraction(), options.seed());
      learnt = whole.part(divided[0]);
      measured = whole.part(divided[1]);
    } else {
      measured = dataset(validation, path + " (validation part)");
    }
    String how =
        setAside
            ? String.format(
                Locale.ROOT, ", %.4g %% set aside by seed %d", 100 * options.validationFraction(),
                options.seed())
            : "";
    String text =
        String.format(
            Locale.ROOT, "%s: %,d training and %,d validation pictures with masks%s, %s", path,
            learnt.size(), measured.size(), how,
            overlapping ? (classes.size() - 1) + " classes that may overlap" : classes.size() + " classes");
    Optional<SegmentationDataset> rest =
        Optional.ofNullable(test).map(pairs -> dataset(pairs, path + " (test part)"));
    return new DataSplits(
        learnt, measured, rest.map(dataset -> dataset), text, setAside, List.copyOf(notes));
  }

  /**
   * Divides for a cross-validation what {@link #splits} would divide into two parts, or the training part;
   * volumes and groups stay whole.
   *
   * @param count number of folds, at least 2
   * @param seed chooses the folds
   * @throws DatasetException if there are fewer groups, or pictures, than folds
   */
  public FoldedData folds(int count, long seed) throws DatasetException {
    List<MaskedPair> whole = parts.isEmpty() ? undivided : parts.get(DataPart.TRAIN);
    boolean apart = parts.containsKey(DataPart.VALIDATION) || parts.containsKey(DataPart.TEST);
    return apart || whole == null
        ? FoldedData.of(splits(), count, seed)
        : FoldedData.of(dataset(whole, path.toString()), notes, count, seed);
  }

  /**
   * Divides by whole groups, in a seeded order of their names.
   *
   * @return indices of what is learnt from, and of the share that is set aside, each ascending
   * @throws DatasetException if one of them would be empty
   */
  static int[][] divide(SegmentationDataset whole, double fraction, long seed) throws DatasetException {
    Map<String, List<Integer>> groups = new TreeMap<>();
    for (int i = 0; i < whole.size(); i++) {
      String own = "sample " + String.format(Locale.ROOT, "%09d", i);
      String group = whole.group(i).map(name -> "group " + name).orElse(own);
      groups.computeIfAbsent(group, name -> new ArrayList<>()).add(i);
    }
    if (groups.size() < 2) {
      throw new DatasetException(
          whole.description()
              + " has one picture or group, which cannot be divided; give a validation part.");
    }
    List<List<Integer>> members = List.copyOf(groups.values());
    int[] order = IntStream.range(0, members.size()).toArray();
    new SampleRandom(seed, 0, 0, SampleRandom.SPLIT_STREAM).shuffle(order);
    long wanted = Math.max(1, Math.round(whole.size() * fraction));
    List<Integer> aside = new ArrayList<>();
    for (int i = 0; i < order.length - 1 && aside.size() < wanted; i++) {
      aside.addAll(members.get(order[i]));
    }
    Set<Integer> chosen = Set.copyOf(aside);
    return new int[][] {
      IntStream.range(0, whole.size()).filter(i -> !chosen.contains(i)).toArray(),
      aside.stream().mapToInt(Integer::intValue).sorted().toArray()};
  }

  private SegmentationDataset dataset(List<MaskedPair> pairs, String description) {
    return new MaskedPairs(pairs, reading(overlapping), description, false);
  }

  private MaskedPair.Reading reading(boolean several) {
    return new MaskedPair.Reading(classes, options.ignored(), options.decoding(), several);
  }

  private List<MaskedPair> allPairs() {
    List<MaskedPair> all = new ArrayList<>(undivided);
    parts.values().forEach(all::addAll);
    return all;
  }

  /** Names of a model's classes, the background first; null: nothing is known. */
  private @Nullable List<String> known() {
    List<String> names = options.classNames();
    if (names == null || !Boolean.TRUE.equals(options.overlapping())) {
      return names;
    }
    List<String> all = new ArrayList<>(List.of("background"));
    all.addAll(names);
    return all;
  }

  /**
   * Whether the masks in the folders of pictures are those of classes, called by their names, not of objects.
   */
  private static boolean ofNamedClasses(List<MaskedPair> pairs, @Nullable List<String> names) {
    List<PicturePair> folders =
        pairs.stream().filter(PicturePair.class::isInstance).map(PicturePair.class::cast)
            .filter(PicturePair::objects).toList();
    return names != null && !folders.isEmpty()
        && folders.stream().flatMap(one -> one.masks().stream()).map(SegmentationLayout::stem)
            .allMatch(names::contains);
  }

  /** Says it where some masks have the names of classes, which one more file has made objects of class 1. */
  private void sayWhichAreUnnamed(List<MaskedPair> pairs, List<String> names) {
    List<Path> files =
        pairs.stream().filter(PicturePair.class::isInstance).map(PicturePair.class::cast)
            .filter(PicturePair::objects).flatMap(one -> one.masks().stream()).toList();
    List<Path> others =
        files.stream().filter(file -> !names.contains(SegmentationLayout.stem(file))).toList();
    if (others.size() < files.size()) {
      notes.add(
          "masks in folders of pictures are taken for objects of " + names.get(1) + ", all of them, because "
              + others.size() + " of " + files.size() + ", such as " + others.get(0)
              + ", have no class's name");
    }
  }

  private static List<MaskedPair> apart(List<MaskedPair> pairs) {
    List<MaskedPair> apart = new ArrayList<>();
    for (MaskedPair pair : pairs) {
      if (pair instanceof PicturePair objects && objects.objects()) {
        SortedMap<String, Path> masks = new TreeMap<>();
        objects.masks().forEach(file -> masks.put(SegmentationLayout.stem(file), file));
        apart.add(new ClassMasksPair(objects.name(), objects.group(), objects.image(), masks));
      } else {
        apart.add(pair);
      }
    }
    return apart;
  }

  /** Whether pixels may have several classes. */
  private boolean findOverlap() throws IOException {
    String shared = classes.shared();
    boolean several = Boolean.TRUE.equals(options.overlapping());
    if (options.overlapping() == null) {
      several = shared != null;
      MaskedPair.Reading reading = reading(true);
      for (MaskedPair pair : several || classes.size() - 1 > ClassSets.MOST ? List.<MaskedPair>of()
          : allPairs()) {
        several = several || pair.overlaps(reading);
      }
      if (several) {
        notes.add(
            "masks of classes overlap, so a pixel may have several (`overlappingLabels` on)");
      }
    } else if (shared != null && !several) {
      throw new DatasetException(
          "In the table of classes of " + path + " " + shared
              + "; a pixel has one class unless `overlappingLabels` is on.");
    }
    if (several && classes.size() - 1 > ClassSets.MOST) {
      throw new DatasetException(
          path + " has " + (classes.size() - 1) + " classes; where pixels may have several there may be "
              + ClassSets.MOST + ".");
    }
    return several;
  }

  /** The table of classes that was named or lies there; null: there is none. */
  private @Nullable ClassTable table() throws IOException {
    Path table = options.classTable();
    Path folder =
        Files.isDirectory(path) ? path : Objects.requireNonNull(path.toAbsolutePath().getParent());
    for (int i = 0; table == null && i < TABLES.size(); i++) {
      Path beside = folder.resolve(TABLES.get(i));
      table = Files.isRegularFile(beside) ? beside : null;
    }
    if (table != null) {
      notes.add("classes are those of " + table);
      return ClassTable.read(table);
    }
    return null;
  }

  private ClassTable findClasses() throws IOException {
    Set<String> named = new TreeSet<>();
    allPairs().forEach(pair -> named.addAll(pair.namedClasses()));
    if (!named.isEmpty()) {
      List<String> names = new ArrayList<>(List.of("background"));
      named.stream().filter(name -> !name.equalsIgnoreCase("background")).forEach(names::add);
      List<String> known = known();
      return ClassTable.numbered(known == null ? names : known);
    }
    BitSet found = new BitSet();
    for (MaskedPair pair : allPairs()) {
      pair.addValues(found);
    }
    if (options.ignored() != null) {
      found.clear(options.ignored());
    }
    return ofValues(found, known(), path);
  }

  /** Classes for the numbers that masks hold. */
  static ClassTable ofValues(BitSet found, @Nullable List<String> known, Path path) throws DatasetException {
    int largest = found.length() - 1;
    boolean binary = found.stream().allMatch(value -> value == 0 || value == 255) && found.get(255);
    if (known != null) {
      if (binary && known.size() == 2) {
        return ClassTable.of(known, List.of(0, 255));
      }
      return ClassTable.numbered(known); // What is beyond, the mask says with pixel and value.
    }
    if (binary) {
      return ClassTable.of(List.of("background", "foreground"), List.of(0, 255));
    }
    if (largest == 0 || found.isEmpty()) {
      throw new DatasetException(
          "The masks of " + path + " are 0 everywhere, so there is nothing to be found in pictures.");
    }
    int missing = found.nextClearBit(0);
    if (largest >= SegmentationDataset.IGNORED || missing == 0 && largest > 1 || missing < largest / 2) {
      List<Integer> some = found.stream().limit(12).boxed().toList();
      throw new DatasetException(
          "The masks of " + path + " hold the values " + some + (found.cardinality() > 12 ? " and more" : "")
              + ", which are not 0, 1, 2, … Say what they mean in a table of classes (classes.csv, lines"
              + " such as 1,nucleus,#ff8000,255), or set `ignoreLabel` to a value that counts nowhere.");
    }
    Map<Integer, String> names = new LinkedHashMap<>();
    IntStream.rangeClosed(0, largest).forEach(i -> names.put(i, i == 0 ? "background" : "class " + i));
    return ClassTable.numbered(
        names.entrySet().stream().sorted(Comparator.comparing(Map.Entry::getKey)).map(Map.Entry::getValue)
            .toList());
  }
}
