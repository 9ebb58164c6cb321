package org.swinengine.data.segmentation;

import java.io.IOException;
import java.lang.ref.SoftReference;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.Locale;
import java.util.Objects;
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
  record Bytes(int height, int width, byte[] image, byte[] mask) {}

  /** What files hold, slice by slice. */
  private record Values(int depth, int height, int width, float[] image, float[] labels) {}

  private final String name;
  private final Path image;
  private final @Nullable Path labels;
  private final int depth;
  private final boolean single;
  private @Nullable Long content;
  private SoftReference<Bytes> kept = new SoftReference<>(null);

  /**
   * @param labels null: they are in the same file
   */
  LabelledVolume(String name, Path image, @Nullable Path labels) throws IOException {
    this.name = name;
    this.image = image;
    this.labels = labels;
    // To look into each of thousands of slices would take long.
    boolean named = labels == null && SLICE.matcher(name).find();
    int[] shape =
        named ? new int[2]
            : labels == null ? SynapseFiles.read(image, MaskFiles.LARGEST_VALUE + 1).shape()
                : VolumeFiles.size(image);
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

  /** Slices of one case that are files of their own are called case0005_slice012. */
  String group() {
    return single ? SLICE.matcher(name).replaceFirst("") : name;
  }

  /** Both files' contents as a number. */
  synchronized long content() {
    if (content == null) {
      long own = VolumeFiles.content(image);
      content = labels == null ? own : 31 * own + VolumeFiles.content(labels);
    }
    return content;
  }

  /** All of it; the last reading is the one that is kept. */
  synchronized Bytes read(MaskedPair.Reading how) throws IOException {
    Bytes known = kept.get();
    if (known != null) {
      return known;
    }
    Values values = values();
    byte[] mask = new byte[values.labels().length];
    for (int i = 0; i < mask.length; i++) {
      mask[i] = (byte) label(values, i, how);
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
      return SegmentationDataset.IGNORED;
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
    return label;
  }

  void addValues(BitSet found) throws IOException {
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
