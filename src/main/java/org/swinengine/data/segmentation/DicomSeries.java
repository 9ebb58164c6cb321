package org.swinengine.data.segmentation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.swinengine.data.DatasetException;
import org.swinengine.data.dicom.DicomImage;
import org.swinengine.data.dicom.Segments;
import org.swinengine.data.dicom.SliceHeader;

/**
 * A series of DICOM files as a volume. Slices are in the order of their positions along the normal of rows
 * and columns, whatever the files' names and numbers are; their distance is that of the positions. Values are
 * the modality's (Hounsfield units in computed tomography). In memory x runs along rows, y along columns and
 * z along the slices; the affine, as NIfTI has it, leads to right, anterior and superior.
 */
public final class DicomSeries {
  /** Share of the usual distance by which another one may differ. */
  private static final double UNEVEN = 0.1;

  private static final double ALIKE = 1e-3;

  private final Path folder;
  private final List<Slice> slices;
  private final int rows;
  private final int columns;
  private final Affine affine;

  /** A picture of the series. */
  record Slice(Path file, SliceHeader header, int rows, int columns, double along) {}

  private DicomSeries(Path folder, List<Slice> slices, Affine affine) {
    this.folder = folder;
    this.slices = slices;
    rows = slices.get(0).rows();
    columns = slices.get(0).columns();
    this.affine = affine;
  }

  /** Whether a path is a folder with DICOM files; looks at names, and at how the first files begin. */
  public static boolean isAt(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return false;
    }
    try (Stream<Path> inside = Files.list(folder)) {
      for (Path file : inside.sorted().limit(16).toList()) {
        if (DicomFile.isDicom(file)) {
          return true;
        }
      }
    }
    return false;
  }

  /** Whether a file is DICOM, by its ending or else by how it begins. */
  public static boolean isFile(Path file) throws IOException {
    return DicomFile.isDicom(file);
  }

  /**
   * The series in a folder; pixels are not decoded yet.
   *
   * @throws DatasetException with a sentence, if there are several series, or a slice is missing, twice
   *     there, or not like the others
   */
  public static DicomSeries at(Path folder) throws IOException {
    List<Path> files = new ArrayList<>();
    try (Stream<Path> inside = Files.list(folder)) {
      for (Path file : inside.sorted().toList()) {
        if (DicomFile.isDicom(file)) {
          files.add(file);
        }
      }
    }
    if (files.isEmpty()) {
      throw new DatasetException("The folder " + folder + " holds no DICOM files.");
    }
    List<Slice> slices = new ArrayList<>();
    for (Path file : files) {
      slices.addAll(read(file));
    }
    Map<String, List<Slice>> series = bySeries(slices);
    if (series.size() > 1) {
      String found =
          series.values().stream()
              .map(one -> one.size() + " of " + describe(one.get(0))).collect(Collectors.joining(", "));
      throw new DatasetException(
          "The folder " + folder + " holds slices of " + series.size() + " series (" + found
              + "); put each series into a folder of its own.");
    }
    return of(folder, slices);
  }

  /**
   * The volumes among files: series of which there are at least two slices with positions in one folder.
   *
   * @param files DICOM files of one folder; others are passed over
   */
  public static List<DicomSeries> among(Path folder, List<Path> files) throws IOException {
    List<Slice> slices = new ArrayList<>();
    for (Path file : files) {
      try {
        slices.addAll(
            read(file).stream().filter(
                slice -> slice.header().position() != null
                    && !slice.header().kind().equals(Segments.KIND))
                .toList());
      } catch (DatasetException e) {
        // Whoever takes it for a picture says what is wrong with it.
      }
    }
    List<DicomSeries> found = new ArrayList<>();
    for (List<Slice> one : bySeries(slices).values()) {
      if (one.size() > 1) {
        found.add(of(folder, one));
      }
    }
    return found;
  }

  private static Map<String, List<Slice>> bySeries(List<Slice> slices) {
    return slices.stream()
        .collect(Collectors.groupingBy(slice -> slice.header().series(), LinkedHashMap::new,
            Collectors.toList()));
  }

  private static String describe(Slice slice) {
    String text = slice.header().description();
    return (text.isEmpty() ? "" : "“" + text + "”, ") + "beginning with " + slice.file().getFileName();
  }

  private static List<Slice> read(Path file) throws IOException {
    DicomImage image = DicomFile.read(file).image();
    List<Slice> slices = new ArrayList<>();
    for (int frame = 0; frame < image.frames(); frame++) {
      int number = frame;
      SliceHeader header = DicomFile.of(file, () -> image.header(number));
      slices.add(new Slice(file, header, image.rows(), image.columns(), 0));
      if (header.position() == null && frame == 0 && image.frames() > 1) {
        break; // A film: pictures in time, which are no volume.
      }
    }
    return slices;
  }

  private static DicomSeries of(Path folder, List<Slice> unordered) throws DatasetException {
    Slice first = unordered.get(0);
    for (Slice slice : unordered) {
      requireComplete(slice);
      requireAlike(first, slice);
    }
    double[] directions = Objects.requireNonNull(first.header().directions());
    double[] normal = normal(directions, first.file());
    List<Slice> slices =
        unordered.stream()
            .map(
                slice -> new Slice(
                    slice.file(), slice.header(), slice.rows(), slice.columns(),
                    dot(Objects.requireNonNull(slice.header().position()), normal)))
            .sorted(Comparator.comparingDouble(Slice::along).thenComparing(Slice::file)).toList();
    requireEven(folder, slices);
    return new DicomSeries(folder, slices, affine(slices, directions, normal));
  }

  private static void requireComplete(Slice slice) throws DatasetException {
    SliceHeader header = slice.header();
    String missing =
        header.position() == null ? "position (0020,0032)"
            : header.directions() == null ? "direction (0020,0037)"
                : header.spacing() == null ? "pixel spacing (0028,0030)" : null;
    if (missing != null) {
      throw new DatasetException(
          "The DICOM file " + slice.file() + " says no " + missing + ", without which slices make no volume;"
              + " take it out of the series, or convert the series to NIfTI.");
    }
    double[] spacing = Objects.requireNonNull(header.spacing());
    if (!(spacing[0] > 0 && spacing[1] > 0)) {
      throw new DatasetException(
          "The DICOM file " + slice.file() + " has pixels at distances of " + spacing[0] + " and "
              + spacing[1] + " mm; expected numbers above 0.");
    }
  }

  private static void requireAlike(Slice first, Slice other) throws DatasetException {
    boolean size = first.rows() == other.rows() && first.columns() == other.columns();
    if (!size || !near(first.header().directions(), other.header().directions())
        || !near(first.header().spacing(), other.header().spacing())) {
      throw new DatasetException(
          "The DICOM files " + first.file() + " and " + other.file() + " are of one series, but differ in "
              + (size ? "direction or pixel spacing"
                  : "size, " + first.columns() + "x" + first.rows() + " and " + other.columns() + "x"
                      + other.rows())
              + ", so that they are no slices of one volume; take those apart that do not belong.");
    }
  }

  private static boolean near(double @Nullable [] a, double @Nullable [] b) {
    if (a == null || b == null) {
      return a == b;
    }
    for (int i = 0; i < a.length; i++) {
      if (Math.abs(a[i] - b[i]) > ALIKE * Math.max(1, Math.abs(a[i]))) {
        return false;
      }
    }
    return true;
  }

  /** Rows times columns. */
  private static double[] normal(double[] d, Path file) throws DatasetException {
    double[] normal = {
      d[1] * d[5] - d[2] * d[4], d[2] * d[3] - d[0] * d[5], d[0] * d[4] - d[1] * d[3]};
    if (Math.abs(Math.sqrt(dot(normal, normal)) - 1) > 0.01) {
      throw new DatasetException(
          "The DICOM file " + file + " has the directions " + Arrays.toString(d)
              + " (0020,0037), which are not two of length 1 at right angles.");
    }
    return normal;
  }

  private static double dot(double[] a, double[] b) {
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
  }

  private static void requireEven(Path folder, List<Slice> slices) throws DatasetException {
    double[] steps = new double[slices.size() - 1];
    for (int i = 0; i < steps.length; i++) {
      steps[i] = slices.get(i + 1).along() - slices.get(i).along();
    }
    double[] sorted = steps.clone();
    Arrays.sort(sorted);
    double usual = sorted.length == 0 ? 1 : sorted[(sorted.length - 1) / 2];
    for (int i = 0; i < steps.length; i++) {
      String both = slices.get(i).file().getFileName() + " and " + slices.get(i + 1).file().getFileName();
      if (steps[i] < ALIKE || steps[i] < UNEVEN * usual) {
        throw new DatasetException(
            "The DICOM series " + folder + " has two slices at one place, " + both
                + "; take one of them away, or put several recordings into folders of their own.");
      }
      if (Math.abs(steps[i] - usual) > UNEVEN * usual) {
        boolean missing = steps[i] > 1.5 * usual;
        throw new DatasetException(
            String.format(
                Locale.ROOT,
                "The DICOM series %s has slices at a distance of %.4g mm as a rule, but of %.4g mm between"
                    + " %s; %s.",
                folder, usual, steps[i], both,
                missing ? "slices are missing there" : "resample it to even distances"));
      }
    }
  }

  private static Affine affine(List<Slice> slices, double[] directions, double[] normal)
      throws DatasetException {
    SliceHeader first = slices.get(0).header();
    double[] origin = Objects.requireNonNull(first.position());
    double[] last = Objects.requireNonNull(slices.get(slices.size() - 1).header().position());
    double[] spacing = Objects.requireNonNull(first.spacing());
    double[] rows = new double[12];
    for (int axis = 0; axis < 3; axis++) {
      // Left and posterior of DICOM are right and anterior of NIfTI, turned round.
      double sign = axis < 2 ? -1 : 1;
      double step =
          slices.size() > 1 ? (last[axis] - origin[axis]) / (slices.size() - 1)
              : normal[axis] * (first.thickness() > 0 ? first.thickness() : 1);
      rows[4 * axis] = sign * directions[axis] * spacing[1];
      rows[4 * axis + 1] = sign * directions[3 + axis] * spacing[0];
      rows[4 * axis + 2] = sign * step;
      rows[4 * axis + 3] = sign * origin[axis];
    }
    try {
      return new Affine(rows);
    } catch (IllegalArgumentException e) {
      throw new DatasetException(
          "The DICOM series of " + slices.get(0).file() + ": " + e.getMessage() + ".", e);
    }
  }

  /** {@code [x, y, z, 1]}. */
  int[] size() {
    return new int[] {columns, rows, slices.size(), 1};
  }

  /** Slices from the first along the normal of rows and columns. */
  List<Slice> slices() {
    return slices;
  }

  /** The folder. */
  public Path folder() {
    return folder;
  }

  /** The files, in the order of the slices. */
  public List<Path> files() {
    return slices.stream().map(Slice::file).distinct().toList();
  }

  /** From (x, y, z, 1) to millimetres towards right, anterior and superior. */
  public Affine affine() {
    return affine;
  }

  /**
   * Decodes all of it.
   *
   * @throws DatasetException with a sentence that names the file, if a slice cannot be decoded
   */
  public Volume volume() throws IOException {
    long stored = 0;
    for (Path file : files()) {
      stored += Files.size(file);
    }
    int plane = Math.multiplyExact(rows, columns);
    int count =
        FileBounds.check(
            "The DICOM series " + folder, FileBounds.product(plane, slices.size()), 1, stored, true);
    float[] values = new float[count];
    DicomFile open = null;
    Path of = null;
    for (int z = 0; z < slices.size(); z++) {
      Slice slice = slices.get(z);
      if (open == null || !slice.file().equals(of)) {
        open = DicomFile.read(slice.file());
        of = slice.file();
      }
      DicomImage image = open.image();
      if (image.rows() != rows || image.columns() != columns || image.frames() <= slice.header().number()) {
        throw new DatasetException("The DICOM file " + of + " changed while it was read; begin anew.");
      }
      open.values(slice.header().number(), values, z * plane);
    }
    int[] size = size();
    return new Volume(size, values, affine, NiftiHeader.of(size, affine));
  }
}
