package org.swinengine.data.segmentation;

import java.io.IOException;
import java.lang.ref.SoftReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.swinengine.data.DatasetException;
import org.swinengine.data.SampleRange;

/**
 * A volume or slice with a label for each element, as 8-bit grey: NIfTI or a folder of DICOM slices with a
 * second file for the labels, or Synapse's files, which hold both. Which values become black and white, the
 * range says: {@code full} are all values of a volume, from its least to its largest, and 0 to 1 of
 * Synapse's.
 */
final class LabelledVolume {
  /** Of what TransUNet's preprocessing gives, rounding apart. */
  private static final float BEYOND_ONE = 1.001f;

  private static final Pattern SLICE = Pattern.compile("(?i)[_-]?slice[_-]?\\d+$");

  /** Slices one after the other. */
  record Bytes(int height, int width, byte[] image, byte[] mask) {
    /** Bytes of a mask's pixel. */
    int maskBytes() {
      return mask.length / image.length;
    }
  }

  /** What files hold, slice by slice. */
  private record Values(int depth, int height, int width, float[] image, float[] labels) {}

  private final String name;
  private final Path image;
  private final @Nullable Path labels;

  /** Files by names of classes, where each has its own; else none. */
  private final SortedMap<String, Path> ofClasses;

  /** Classes that follow one another in the file of labels, in the place of times; 1: it has numbers. */
  private final int planes;
  private final int depth;
  private final boolean single;

  /** Rows and columns of a slice; null: they are not known before it is read. */
  private final int @Nullable [] extent;
  private @Nullable Long content;
  private SoftReference<Bytes> kept = new SoftReference<>(null);

  /**
   * @param labels null: they are in the same file
   */
  LabelledVolume(String name, Path image, @Nullable Path labels) throws IOException {
    this(name, image, labels, new TreeMap<>());
  }

  /**
   * @param ofClasses files of labels by names of classes, of which {@code labels} is the first; none: it is
   *     of all classes
   */
  LabelledVolume(String name, Path image, @Nullable Path labels, SortedMap<String, Path> ofClasses)
      throws IOException {
    this.name = name;
    this.image = image;
    this.labels = labels;
    this.ofClasses = ofClasses;
    boolean nifti = labels != null && isNifti(labels) && isNifti(image) && Files.isRegularFile(labels);
    planes = labels != null && nifti && ofClasses.isEmpty() ? Nifti.size(labels)[3] : 1;
    // To look into each of thousands of slices would take long.
    boolean named = labels == null && SLICE.matcher(name).find();
    int[] shape =
        named ? new int[2]
            : labels == null ? SynapseFiles.read(image, MaskFiles.LARGEST_VALUE + 1).shape()
                : VolumeFiles.size(image);
    extent = labels == null ? null : new int[] {shape[1], shape[0]};
    single = labels == null && shape.length == 2;
    depth = single ? 1 : labels == null ? shape[0] : shape[2];
  }

  /** Whether a name is that of a NIfTI file. */
  static boolean isNifti(Path file) {
    String small = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
    return small.endsWith(".nii") || small.endsWith(".nii.gz");
  }

  /** Whether a name is that of a slice or volume of Synapse. */
  static boolean isSynapse(Path file) {
    String small = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
    return small.endsWith(".npz") || small.endsWith(".h5") || small.endsWith(".hdf5");
  }

  String name() {
    return name;
  }

  int depth() {
    return depth;
  }

  /** Rows and columns of a slice; null: they are not known before it is read. */
  int @Nullable [] extent() {
    return extent == null ? null : extent.clone();
  }

  /** Slices of one case that are files of their own are called case0005_slice012. */
  String group() {
    return single ? SLICE.matcher(name).replaceFirst("") : name;
  }

  /** Distances of voxels; null: the file does not say them. */
  @Nullable
  Spacing spacing() throws IOException {
    if (labels == null) {
      return null;
    }
    double[] along = VolumeFiles.spacing(image);
    return new Spacing(along[2], along[1], along[0]);
  }

  /** Both files' contents as a number. */
  synchronized long content() {
    if (content == null) {
      long own = VolumeFiles.content(image);
      own = labels == null || !ofClasses.isEmpty() ? own : 31 * own + VolumeFiles.content(labels);
      for (Map.Entry<String, Path> one : ofClasses.entrySet()) {
        own = 31 * (31 * own + one.getKey().hashCode()) + VolumeFiles.content(one.getValue());
      }
      content = own;
    }
    return content;
  }

  /** All of it; the last reading is the one that is kept. */
  synchronized Bytes read(MaskedPair.Reading how) throws IOException {
    Bytes known = kept.get();
    if (known != null) {
      return known;
    }
    if (isStacked() || how.overlapping() && isDicomSegmentation()) {
      Volume volume = volume();
      byte[] stacked = stack(how, volume).bytes();
      byte[] grey = grey(volume.values(), how.decoding().range());
      Bytes bytes = new Bytes(volume.height(), volume.width(), grey, stacked);
      kept = new SoftReference<>(bytes);
      return bytes;
    }
    Values values = values();
    byte[] mask = new byte[Math.multiplyExact(values.labels().length, how.maskBytes())];
    for (int i = 0; i < values.labels().length; i++) {
      int label = label(values, i, how);
      if (how.overlapping()) {
        ClassSets.put(mask, how.maskBytes(), i, label);
      } else {
        mask[i] = (byte) label;
      }
    }
    Bytes bytes =
        new Bytes(values.height(), values.width(), grey(values.image(), how.decoding().range()), mask);
    kept = new SoftReference<>(bytes);
    return bytes;
  }

  private int label(Values values, int i, MaskedPair.Reading how) throws DatasetException {
    float stored = values.labels()[i];
    int value = (int) stored;
    if (value == stored && how.ignored() != null && value == how.ignored()) {
      return how.overlapping() ? -1 : SegmentationDataset.IGNORED;
    }
    int label = value == stored ? how.classes().ofValue(value) : -1;
    if (label < 0) {
      int plane = values.height() * values.width();
      throw new DatasetException(
          (labels == null ? image + ", array \"label\"" : "The labels " + labels) + " hold "
              + ClassNumbers.text(stored) + " in slice " + i / plane + " at row " + i % plane / values.width()
              + ", column " + i % values.width() + ", but values of classes are "
              + how.classes().valuesText() + ".");
    }
    return how.overlapping() ? how.classes().setOfValue(value) : label;
  }

  /** Whether classes have masks of their own. */
  boolean isStacked() {
    return planes > 1 || !ofClasses.isEmpty();
  }

  /** Whether labels are segments, each of which has its own masks. */
  private boolean isDicomSegmentation() {
    return labels != null && ofClasses.isEmpty() && Files.isDirectory(image) && Files.isRegularFile(labels)
        && !isNifti(labels);
  }

  private Volume volume() throws IOException {
    return Files.isDirectory(image) ? DicomSeries.at(image).volume() : Nifti.read(image);
  }

  private ClassStack stack(MaskedPair.Reading how, Volume volume) throws IOException {
    int voxels = volume.width() * volume.height() * volume.depth();
    ClassStack stack = new ClassStack(how, voxels, volume.height(), volume.width());
    if (isDicomSegmentation()) {
      Path file = Objects.requireNonNull(labels);
      DicomSegmentation.each(file, DicomSeries.at(image), (voxel, segment) -> {
        if (how.ignored() != null && segment == how.ignored()) {
          stack.ignore(voxel);
          return;
        }
        if (how.classes().ofValue(segment) < 0) {
          throw new DatasetException(
              "The labels " + file + " hold " + segment + ", but values of classes are "
                  + how.classes().valuesText() + ".");
        }
        stack.addAll(voxel, how.classes().setOfValue(segment), file);
      });
      return stack;
    }
    if (ofClasses.isEmpty()) {
      Path file = Objects.requireNonNull(labels);
      if (planes != how.classes().size() - 1) {
        throw new DatasetException(
            "The labels " + file + " are of " + planes + " classes, one after the other, but there are "
                + String.join(", ", how.classes().names().subList(1, how.classes().size())) + ".");
      }
      float[] all = VolumeFiles.labels(image, volume, file, planes);
      for (int number = 1; number <= planes; number++) {
        add(stack, all, (number - 1) * voxels, voxels, number, file, how);
      }
    }
    for (Map.Entry<String, Path> one : ofClasses.entrySet()) {
      int number = how.numberOf(one.getKey(), one.getValue());
      if (number > 0) {
        float[] own =
            Files.isDirectory(image) ? VolumeFiles.read(image, one.getValue()).labels()
                : VolumeFiles.labels(image, volume, one.getValue(), 1);
        add(stack, own, 0, voxels, number, one.getValue(), how);
      }
    }
    return stack;
  }

  private static void add(
      ClassStack stack, float[] labels, int from, int count, int number, Path file, MaskedPair.Reading how)
      throws DatasetException {
    for (int i = 0; i < count; i++) {
      float label = labels[from + i];
      if (how.ignored() != null && label == how.ignored()) {
        stack.ignore(i);
      } else if (label != 0) {
        stack.add(i, number, file);
      }
    }
  }

  boolean overlaps(MaskedPair.Reading how) throws IOException {
    return (isStacked() || isDicomSegmentation()) && stack(how, volume()).overlaps();
  }

  /** The classes that have files of their own. */
  Set<String> namedClasses() {
    return ofClasses.keySet();
  }

  void addValues(BitSet found) throws IOException {
    if (isStacked()) {
      found.set(0, ofClasses.isEmpty() ? planes + 1 : 0);
      return;
    }
    if (isDicomSegmentation()) {
      found.set(0);
      DicomSegmentation
          .each(Objects.requireNonNull(labels), DicomSeries.at(image),
              (voxel, segment) -> found.set(segment));
      return;
    }
    Values values = values();
    for (int i = 0; i < values.labels().length; i++) {
      float stored = values.labels()[i];
      if (stored < 0 || stored != (int) stored || stored > MaskFiles.LARGEST_VALUE) {
        throw new DatasetException(
            (labels == null ? image : labels) + " holds " + ClassNumbers.text(stored)
                + " where the number of a class must be, 0 to " + MaskFiles.LARGEST_VALUE + ".");
      }
      found.set((int) stored);
    }
  }

  /** The file of labels; null: they are in the same file. */
  @Nullable
  Path labelFile() {
    return labels;
  }

  /** Values and labels of a volume whose labels are a file of their own, as they are stored. */
  VolumeFiles.Labelled labelled() throws IOException {
    return VolumeFiles.read(image, Objects.requireNonNull(labels));
  }

  private Values values() throws IOException {
    if (labels == null) {
      SynapseCase both = SynapseFiles.read(image, MaskFiles.LARGEST_VALUE + 1);
      int[] shape = both.shape();
      int rank = shape.length;
      if (single && rank == 3) {
        throw new DatasetException(
            image + " is called a slice, but holds a volume of " + shape[0] + " slices; rename it.");
      }
      float[] numbers = new float[both.labels().length];
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] = both.labels()[i];
      }
      return new Values(rank == 3 ? shape[0] : 1, shape[rank - 2], shape[rank - 1], both.image(), numbers);
    }
    VolumeFiles.Labelled both = labelled();
    Volume volume = both.volume();
    return new Values(volume.depth(), volume.height(), volume.width(), volume.values(), both.labels());
  }

  private byte[] grey(float[] values, SampleRange range) throws DatasetException {
    if (labels != null) {
      return GreyValues.of(values, range, image);
    }
    for (float value : values) {
      if (range.kind() == SampleRange.Kind.FULL && !(value >= 1 - BEYOND_ONE && value <= BEYOND_ONE)) {
        throw new DatasetException(
            image + " holds the value " + ClassNumbers.text(value) + ", but slices of Synapse go from 0 to 1;"
                + " say which values become black and white with `sampleRange`, such as window:-125:275.");
      }
    }
    return GreyValues.of(values, range.kind() == SampleRange.Kind.FULL ? SampleRange.window(0, 1) : range,
        image);
  }
}
