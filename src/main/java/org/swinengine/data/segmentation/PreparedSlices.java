package org.swinengine.data.segmentation;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.jhdf.HdfFile;
import io.jhdf.WritableHdfFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.swinengine.data.DataPart;
import org.swinengine.data.DatasetException;
import org.swinengine.data.SampleRandom;
import org.swinengine.data.SampleRange;
import org.swinengine.data.list.ListColumns;
import org.swinengine.weights.ArrayData;
import org.swinengine.weights.AtomicFile;
import org.swinengine.weights.ElementType;
import org.swinengine.weights.Npz;

/**
 * Makes of volumes with labels what TransUNet made of Synapse's: {@code train_npz/CASE_slice000.npz}, a file
 * for each slice of the cases to learn from, {@code test_vol_h5/CASE.npy.h5}, one for each case to measure
 * on, and lists of them in {@code lists}. Each holds {@code image}, float32 from 0 to 1, and {@code label}.
 *
 * <p>A value v of a case becomes {@code (c − l) / (h − l)}, where c is v clipped to the range, and l and h
 * are the least and the largest c of the case; in a case of one value all become 0, and so does what is no
 * number. Rows are y and columns x of the volume.
 */
public final class PreparedSlices {
  /**
   * Synapse's organs as TransUNet numbers them: aorta, gallbladder, left and right kidney, liver, pancreas,
   * spleen, stomach.
   */
  public static final Map<Integer, Integer> SYNAPSE =
      Map.of(8, 1, 4, 2, 3, 3, 2, 4, 6, 5, 11, 6, 1, 7, 7, 8);

  private static final String RECORD = "prepared.json";

  private final Path target;
  private final Options options;

  private PreparedSlices(Path target, Options options) {
    this.target = target;
    this.options = options;
  }

  /**
   * What is made.
   *
   * @param range what is clipped: a window, percentiles of each case ({@code picture}), or nothing
   *     ({@code full})
   * @param testFraction share of the cases to measure on, where the data have no parts
   * @param seed that chooses them
   * @param labels what becomes of labels, all others 0; empty: they stay as they are
   */
  public record Options(SampleRange range, double testFraction, long seed, Map<Integer, Integer> labels) {
    /** Checks them. */
    public Options {
      if (range.kind() != SampleRange.Kind.WINDOW && range.kind() != SampleRange.Kind.PICTURE
          && range.kind() != SampleRange.Kind.FULL) {
        throw new IllegalArgumentException(
            "the range is " + range + ", but must be full, window:LOW:HIGH or picture:LOW:HIGH");
      }
      if (!(testFraction >= 0 && testFraction < 1)) {
        throw new IllegalArgumentException(
            "the share of cases to measure on is " + testFraction + ", but must be from 0 to less than 1");
      }
      for (int to : labels.values()) {
        if (to < 0 || to >= SegmentationDataset.IGNORED) {
          throw new IllegalArgumentException("labels become " + to + ", but classes are 0 to 254");
        }
      }
    }
  }

  /**
   * What was done.
   *
   * @param train cases to learn from
   * @param test cases to measure on
   * @param slices of the former
   * @param written cases that were made now; the others were there
   */
  public record Result(List<String> train, List<String> test, int slices, int written) {}

  /**
   * Makes them; what an earlier call with the same data and options has made stays, so that what was stopped
   * goes on.
   *
   * @param data volumes with labels as {@link SegmentationData#at} takes them
   * @param target a folder, new or of an earlier call
   * @param progress is told of each case
   * @throws DatasetException with a sentence, if the data cannot be used, or the folder is of other options
   */
  public static Result make(Path data, Path target, Options options, Consumer<String> progress)
      throws IOException {
    return new PreparedSlices(target, options).make(data, progress);
  }

  private Result make(Path data, Consumer<String> progress) throws IOException {
    SegmentationLayout layout = SegmentationLayout.of(data, ListColumns.USUAL);
    Map<String, VolumePair> learnt = cases(layout.parts().getOrDefault(DataPart.TRAIN, List.of()));
    Map<String, VolumePair> measured = cases(layout.parts().getOrDefault(DataPart.VALIDATION, List.of()));
    Map<String, VolumePair> tested = cases(layout.parts().getOrDefault(DataPart.TEST, List.of()));
    requireApart(tested, measured);
    measured.putAll(tested);
    Map<String, VolumePair> undivided = cases(layout.undivided());
    Set<String> aside = aside(new TreeMap<>(undivided));
    undivided.forEach((name, volume) -> (aside.contains(name) ? measured : learnt).put(name, volume));
    requireApart(learnt, measured);
    if (learnt.isEmpty() && measured.isEmpty()) {
      throw new DatasetException(
          data + " has no volumes with labels: expected NIfTI files or folders of DICOM slices in images, and"
              + " their labels in labels.");
    }
    Files.createDirectories(target.resolve("train_npz"));
    Files.createDirectories(target.resolve("test_vol_h5"));
    record(learnt.keySet(), measured.keySet());
    int done = 0;
    int written = 0;
    List<String> slices = new ArrayList<>();
    int all = learnt.size() + measured.size();
    for (boolean train : new boolean[] {true, false}) {
      for (Map.Entry<String, VolumePair> one : (train ? learnt : measured).entrySet()) {
        LabelledVolume volume = one.getValue().file();
        int depth = volume.depth();
        for (int z = 0; train && z < depth; z++) {
          slices.add(slice(one.getKey(), z));
        }
        boolean made = train ? train(one.getKey(), volume) : test(one.getKey(), volume);
        written += made ? 1 : 0;
        progress.accept(
            String.format(
                Locale.ROOT, "%d/%d  %s  %d slices%s", ++done, all, one.getKey(), depth,
                made ? "" : ", there already"));
      }
    }
    text("lists/train.txt", slices);
    text("lists/test_vol.txt", List.copyOf(measured.keySet()));
    return new Result(
        List.copyOf(learnt.keySet()), List.copyOf(measured.keySet()), slices.size(), written);
  }

  private static void requireApart(Map<String, VolumePair> some, Map<String, VolumePair> others) {
    some.keySet().stream().filter(others::containsKey).findFirst().ifPresent(name -> {
      throw new IllegalArgumentException("the case " + name + " is in two parts; give it two names");
    });
  }

  private static Map<String, VolumePair> cases(List<MaskedPair> pairs) throws DatasetException {
    Map<String, VolumePair> cases = new TreeMap<>();
    for (MaskedPair pair : pairs) {
      if (pair instanceof VolumePair slice && slice.file().labelFile() != null) {
        if (slice.file().isStacked()) {
          throw new DatasetException(
              "The volume " + slice.file().name()
                  + " has a mask for each class, but slices are prepared of one"
                  + " label a voxel; write the labels into one file.");
        }
        String name = slice.file().name().replaceAll("[^\\w.-]", "_");
        VolumePair other = cases.putIfAbsent(name, slice);
        if (other != null && other.file() != slice.file()) {
          throw new DatasetException("Two volumes would be the case " + name + "; give them other names.");
        }
      }
    }
    return cases;
  }

  /** Whole groups, such as the recordings of a patient, in a seeded order of their names. */
  private Set<String> aside(Map<String, VolumePair> undivided) {
    Map<String, List<String>> groups = new TreeMap<>();
    undivided.forEach(
        (name, volume) -> groups.computeIfAbsent(volume.group(), group -> new ArrayList<>()).add(name));
    List<List<String>> members = List.copyOf(groups.values());
    int[] order = new int[members.size()];
    Arrays.setAll(order, i -> i);
    new SampleRandom(options.seed(), 0, 0, SampleRandom.SPLIT_STREAM).shuffle(order);
    long wanted = Math.round(undivided.size() * options.testFraction());
    Set<String> aside = new TreeSet<>();
    for (int i = 0; i < order.length && aside.size() < wanted; i++) {
      aside.addAll(members.get(order[i]));
    }
    return aside;
  }

  /** Says what the folder holds, or that it holds something else. */
  private void record(Set<String> train, Set<String> test) throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode node = mapper.createObjectNode();
    node.put("range", options.range().toString());
    ObjectNode map = node.putObject("labels");
    new TreeMap<>(options.labels()).forEach((from, to) -> map.put(from.toString(), to));
    node.put("seed", options.seed()).put("test_fraction", options.testFraction());
    train.forEach(node.putArray("train")::add);
    test.forEach(node.putArray("test")::add);
    String text = mapper.writerWithDefaultPrettyPrinter().writeValueAsString(node) + "\n";
    Path file = target.resolve(RECORD);
    if (Files.exists(file)) {
      JsonNode before = mapper.readTree(Files.readString(file));
      if (!before.equals(mapper.readTree(text))) {
        throw new DatasetException(
            "The folder " + target + " was made of other cases or with other options, as its " + RECORD
                + " says; name a new folder.");
      }
      return;
    }
    try (var inside = Files.list(target.resolve("train_npz"))) {
      if (inside.findAny().isPresent()) {
        throw new DatasetException(
            "The folder " + target + " holds slices that were not made by this; name a new folder.");
      }
    }
    AtomicFile.write(file, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
  }

  private void text(String name, List<String> lines) throws IOException {
    Path file = target.resolve(name);
    Files.createDirectories(Objects.requireNonNull(file.getParent()));
    String all = String.join("\n", lines) + (lines.isEmpty() ? "" : "\n");
    AtomicFile.write(file, out -> out.write(all.getBytes(StandardCharsets.UTF_8)));
  }

  private static String slice(String name, int z) {
    return String.format(Locale.ROOT, "%s_slice%03d", name, z);
  }

  private boolean train(String name, LabelledVolume volume) throws IOException {
    boolean complete = true;
    for (int z = 0; z < volume.depth() && complete; z++) {
      complete = Files.exists(npz(name, z));
    }
    if (complete) {
      return false;
    }
    VolumeFiles.Labelled both = volume.labelled();
    float[] image = scaled(both.volume().values());
    int[] labels = labels(both.labels(), volume);
    long[] shape = {both.volume().height(), both.volume().width()};
    int plane = both.volume().height() * both.volume().width();
    for (int z = 0; z < both.volume().depth(); z++) {
      byte[] classes = new byte[plane];
      for (int i = 0; i < plane; i++) {
        classes[i] = (byte) labels[z * plane + i];
      }
      Npz.write(
          npz(name, z),
          Map.of(
              "image", ArrayData.ofFloats(shape, Arrays.copyOfRange(image, z * plane, (z + 1) * plane)),
              "label", ArrayData.ofRawLittleEndian(ElementType.U8, shape, classes)));
    }
    return true;
  }

  private Path npz(String name, int z) {
    return target.resolve("train_npz").resolve(slice(name, z) + ".npz");
  }

  private boolean test(String name, LabelledVolume volume) throws IOException {
    Path file = target.resolve("test_vol_h5").resolve(name + ".npy.h5");
    if (Files.exists(file)) {
      return false;
    }
    VolumeFiles.Labelled both = volume.labelled();
    Volume of = both.volume();
    float[] values = scaled(of.values());
    int[] labels = labels(both.labels(), volume);
    float[][][] image = new float[of.depth()][of.height()][of.width()];
    short[][][] classes = new short[of.depth()][of.height()][of.width()];
    int at = 0;
    for (int z = 0; z < of.depth(); z++) {
      for (int y = 0; y < of.height(); y++) {
        for (int x = 0; x < of.width(); x++, at++) {
          image[z][y][x] = values[at];
          classes[z][y][x] = (short) labels[at];
        }
      }
    }
    Path unfinished = file.resolveSibling("." + name + ".unfinished");
    try {
      try (WritableHdfFile hdf = HdfFile.write(unfinished)) {
        hdf.putDataset("image", image);
        hdf.putDataset("label", classes);
      }
      try (FileChannel channel = FileChannel.open(unfinished, StandardOpenOption.WRITE)) {
        channel.force(true);
      }
      AtomicFile.replace(unfinished, file);
    } finally {
      Files.deleteIfExists(unfinished);
    }
    return true;
  }

  private int[] labels(float[] stored, LabelledVolume volume) throws DatasetException {
    int[] labels = new int[stored.length];
    for (int i = 0; i < labels.length; i++) {
      int value = (int) stored[i];
      int label = options.labels().isEmpty() ? value : options.labels().getOrDefault(value, 0);
      if (value != stored[i] || label < 0 || label >= SegmentationDataset.IGNORED) {
        throw new DatasetException(
            "The labels " + volume.labelFile() + " hold " + ClassNumbers.text(stored[i])
                + ", but classes are 0 to 254; say what becomes of others.");
      }
      labels[i] = label;
    }
    return labels;
  }

  private float[] scaled(float[] values) {
    double low = Double.NEGATIVE_INFINITY;
    double high = Double.POSITIVE_INFINITY;
    if (options.range().kind() == SampleRange.Kind.WINDOW) {
      low = options.range().low();
      high = options.range().high();
    } else if (options.range().kind() == SampleRange.Kind.PICTURE) {
      float[] sorted = new float[values.length];
      int count = 0;
      for (float value : values) {
        if (Float.isFinite(value)) {
          sorted[count++] = value;
        }
      }
      sorted = Arrays.copyOf(sorted, Math.max(1, count));
      Arrays.sort(sorted);
      low = percentile(sorted, options.range().low());
      high = percentile(sorted, options.range().high());
    }
    double least = Double.POSITIVE_INFINITY;
    double largest = Double.NEGATIVE_INFINITY;
    for (float value : values) {
      if (Float.isFinite(value)) {
        double clipped = Math.max(low, Math.min(high, value));
        least = Math.min(least, clipped);
        largest = Math.max(largest, clipped);
      }
    }
    float[] scaled = new float[values.length];
    for (int i = 0; i < scaled.length && largest > least; i++) {
      if (Float.isFinite(values[i])) {
        scaled[i] = (float) ((Math.max(low, Math.min(high, values[i])) - least) / (largest - least));
      }
    }
    return scaled;
  }

  /** NumPy's, between the neighbours in proportion. */
  private static double percentile(float[] sorted, double percent) {
    double at = percent / 100 * (sorted.length - 1);
    int below = (int) at;
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (at - below) * ((double) sorted[above] - sorted[below]);
  }
}
