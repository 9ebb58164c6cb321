package org.swinengine.data.segmentation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.swinengine.data.DatasetException;
import org.swinengine.data.Fingerprint;
import org.swinengine.data.ImageFiles;

/** Volumes and their labels, whichever format they have: NIfTI files, and folders of DICOM slices. */
final class VolumeFiles {
  /** Share of a voxel by which a label may stand beside its voxel. */
  private static final double BESIDE = 0.1;

  private VolumeFiles() {}

  /** Whether a path is a volume, by its name, or what is in a folder. */
  static boolean isVolume(Path image) throws IOException {
    return LabelledVolume.isNifti(image) || DicomSeries.isAt(image);
  }

  /** The size, {@code [x, y, z, times]}, of which no values are read. */
  static int[] size(Path image) throws IOException {
    return Files.isDirectory(image) ? DicomSeries.at(image).size() : Nifti.size(image);
  }

  /** Distances of columns, rows and slices in millimetres, of which no values are read. */
  static double[] spacing(Path image) throws IOException {
    Affine affine =
        Files.isDirectory(image) ? DicomSeries.at(image).affine() : Nifti.affine(image);
    double[] spacing = affine.spacing();
    // Slices of a tilted gantry are shifted against one another; what counts is how far their planes are.
    double[] n = new double[3];
    for (int i = 0; i < 3; i++) {
      int j = (i + 1) % 3;
      int k = (i + 2) % 3;
      n[i] = affine.at(j, 0) * affine.at(k, 1) - affine.at(k, 0) * affine.at(j, 1);
    }
    double along = n[0] * affine.at(0, 2) + n[1] * affine.at(1, 2) + n[2] * affine.at(2, 2);
    double apart = Math.abs(along) / Math.sqrt(n[0] * n[0] + n[1] * n[1] + n[2] * n[2]);
    spacing[2] = apart < spacing[2] * (1 - 1e-6) ? apart : spacing[2];
    return spacing;
  }

  /** Reads a volume, and a label for each voxel. */
  static Labelled read(Path image, Path labels) throws IOException {
    if (!Files.isDirectory(image)) {
      Volume volume = Nifti.read(image);
      return new Labelled(volume, labels(image, volume, labels, 1));
    }
    DicomSeries series = DicomSeries.at(image);
    Volume volume = series.volume(); // First: it checks the size.
    float[] values;
    if (Files.isDirectory(labels)) {
      values = ofPictures(labels, series);
    } else if (LabelledVolume.isNifti(labels)) {
      Volume of = Nifti.read(labels);
      values = aligned(image, series, labels, of);
    } else {
      values = DicomSegmentation.labels(labels, series);
    }
    return new Labelled(volume, values);
  }

  /**
   * Reads labels of a NIfTI file, or those of several classes in the place of times.
   *
   * @param times how many there must be
   */
  static float[] labels(Path image, Volume volume, Path labels, int times) throws IOException {
    Volume of = Nifti.read(labels);
    requireAlike(image, volume, labels, of, times);
    return of.values();
  }

  /**
   * A volume with labels.
   *
   * @param volume the volume
   * @param labels one for each of its values
   */
  record Labelled(Volume volume, float[] labels) {}

  private static void requireAlike(Path image, Volume volume, Path labels, Volume of, int times)
      throws DatasetException {
    boolean alike = of.width() == volume.width() && of.height() == volume.height()
        && of.depth() == volume.depth();
    if (!alike || volume.times() != 1 || of.times() != times) {
      throw new DatasetException(
          "The labels " + labels + " are " + size(of) + ", but the volume " + image + " is " + size(volume)
              + "; expected one label for each voxel, and one time.");
    }
  }

  private static String size(Volume volume) {
    return volume.width() + "x" + volume.height() + "x" + volume.depth()
        + (volume.times() > 1 ? "x" + volume.times() : "");
  }

  /** Labels in another order of axes than the series, such as converters of DICOM write them. */
  private static float[] aligned(Path image, DicomSeries series, Path labels, Volume of)
      throws DatasetException {
    int[] size = series.size();
    Orientation own = Orientation.of(series.affine());
    Affine wanted = own.affine(series.affine(), size);
    Volume canonical = of.canonical();
    int[] turned = own.size(size);
    boolean alike =
        canonical.width() == turned[0] && canonical.height() == turned[1] && canonical.depth() == turned[2]
            && of.times() == 1;
    double[] spacing = wanted.spacing();
    double least = BESIDE * Math.min(spacing[0], Math.min(spacing[1], spacing[2]));
    // The corners of the volume stand at the same places.
    for (int corner = 0; alike && corner < 8; corner++) {
      for (int row = 0; row < 3; row++) {
        double difference = wanted.at(row, 3) - canonical.affine().at(row, 3);
        for (int axis = 0; axis < 3; axis++) {
          int index = (corner >> axis & 1) * (turned[axis] - 1);
          difference += index * (wanted.at(row, axis) - canonical.affine().at(row, axis));
        }
        alike &= Math.abs(difference) <= least;
      }
    }
    if (!alike) {
      throw new DatasetException(
          "The labels " + labels + " (" + size(of) + ") do not stand where the slices of " + image + " ("
              + size[0] + "x" + size[1] + "x" + size[2] + ") do; resample them to the series.");
    }
    return own.restore(canonical.values(), size);
  }

  /** A mask for each slice, with the name of its file. */
  private static float[] ofPictures(Path folder, DicomSeries series) throws IOException {
    Map<String, Path> masks = new TreeMap<>();
    try (Stream<Path> inside = Files.list(folder)) {
      for (Path file : inside.sorted().toList()) {
        String name = String.valueOf(file.getFileName());
        if (ImageFiles.isImageName(name) && !ImageFiles.isLitter(name)) {
          masks.put(SegmentationLayout.stem(file), file);
        }
      }
    }
    int[] size = series.size();
    int plane = size[0] * size[1];
    float[] labels = new float[plane * size[2]];
    for (int z = 0; z < size[2]; z++) {
      Path slice = series.slices().get(z).file();
      Path file = masks.get(SegmentationLayout.stem(slice));
      if (file == null || series.files().size() != size[2]) {
        throw new DatasetException(
            "The slice " + slice + " has no mask in " + folder
                + "; a mask has the name of its slice's file, but for the ending.");
      }
      Mask mask = MaskFiles.numbers(file);
      if (mask.width() != size[0] || mask.height() != size[1]) {
        throw new DatasetException(
            "The mask " + file + " is " + mask.width() + "x" + mask.height() + " pixels large, but its slice "
                + slice + " is " + size[0] + "x" + size[1] + ".");
      }
      for (int i = 0; i < plane; i++) {
        labels[z * plane + i] = mask.labels()[i];
      }
    }
    return labels;
  }

  /** The contents of a file, or of the files in a folder, as a number. */
  static long content(Path path) {
    if (!Files.isDirectory(path)) {
      return Fingerprint.sampled(path);
    }
    long content = 0;
    try (Stream<Path> inside = Files.list(path)) {
      for (Path file : inside.filter(Files::isRegularFile)
          .filter(file -> !ImageFiles.isLitter(String.valueOf(file.getFileName()))).sorted().toList()) {
        content = 31 * content + Fingerprint.sampled(file);
      }
      return content;
    } catch (IOException e) {
      return 0; // As of a file that cannot be read; whoever reads it says so.
    }
  }
}
