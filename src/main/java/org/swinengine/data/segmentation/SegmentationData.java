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
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.swinengine.data.DataPart;
import org.swinengine.data.DataSplits;
import org.swinengine.data.DatasetException;
import org.swinengine.data.SampleRandom;

/**
 * Pictures with masks at a path, in parts.
 *
 * <p>What is understood: a folder with {@code images} and {@code masks}, whose files belong together by their
 * names; {@code train}, {@code val} and {@code test} with these below, or below these; in place of a mask a
 * folder of masks, one for each object; a folder for each picture with {@code images} and {@code masks}, as
 * in the Data Science Bowl 2018; volumes in place of pictures, slice by slice: NIfTI files, or folders of
 * DICOM slices; folders of Synapse's files; a list with columns of pictures and masks. Masks may be of
 * another picture format only where that loses nothing: JPEG is refused.
 */
public final class SegmentationData {
  private static final List<String> TABLES = List.of("classes.csv", "classes.txt");

  private final Path path;
  private final SegmentationOptions options;
  private final Map<DataPart, List<MaskedPair>> parts = new EnumMap<>(DataPart.class);
  private final List<MaskedPair> undivided;
  private final List<String> notes;
  private final ClassTable classes;

  private SegmentationData(Path path, SegmentationOptions options) throws IOException {
    this.path = path;
    this.options = options;
    SegmentationLayout layout = SegmentationLayout.of(path, options.columns());
    for (Map.Entry<DataPart, List<MaskedPair>> part : layout.parts().entrySet()) {
      parts.put(part.getKey(), seen(part.getValue()));
    }
    undivided = seen(layout.undivided());
    notes = new ArrayList<>(layout.notes());
    classes = findClasses();
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
            Locale.ROOT, "%s: %,d training and %,d validation pictures with masks%s, %d classes", path,
            learnt.size(), measured.size(), how, classes.size());
    Optional<SegmentationDataset> rest =
        Optional.ofNullable(test).map(pairs -> dataset(pairs, path + " (test part)"));
    return new DataSplits(
        learnt, measured, rest.map(dataset -> dataset), text, setAside, List.copyOf(notes));
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
    MaskedPair.Reading reading = new MaskedPair.Reading(classes, options.ignored(), options.decoding());
    return new MaskedPairs(pairs, reading, description, false);
  }

  private List<MaskedPair> allPairs() {
    List<MaskedPair> all = new ArrayList<>(undivided);
    parts.values().forEach(all::addAll);
    return all;
  }

  private ClassTable findClasses() throws IOException {
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
    BitSet found = new BitSet();
    for (MaskedPair pair : allPairs()) {
      pair.addValues(found);
    }
    if (options.ignored() != null) {
      found.clear(options.ignored());
    }
    return ofValues(found, options.classNames(), path);
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
