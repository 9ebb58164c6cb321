package org.swinengine.data.segmentation;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.swinengine.data.DatasetException;
import org.swinengine.data.DicomJpeg;
import org.swinengine.data.dicom.DicomImage;
import org.swinengine.data.dicom.SegmentationFile;
import org.swinengine.data.dicom.Segments;
import org.swinengine.data.dicom.SliceHeader;
import org.swinengine.weights.AtomicFile;

/** DICOM segmentations of a series: masks that stand where its slices do. */
public final class DicomSegmentation {
  /** Share of a pixel or of a slice's distance by which positions may differ. */
  private static final double APART = 0.1;

  private DicomSegmentation() {}

  /**
   * The segments' numbers at the voxels of a series.
   *
   * @throws DatasetException with a sentence that names the file, if it is no segmentation of this series, or
   *     segments lie on one another
   */
  static float[] labels(Path file, DicomSeries series) throws IOException {
    int[] size = series.size();
    int plane = size[0] * size[1];
    float[] labels = new float[plane * size[2]];
    each(file, series, (voxel, segment) -> {
      float before = labels[voxel];
      if (before != 0 && before != segment) {
        int i = voxel % plane;
        throw new DatasetException(
            "In the segmentation " + file + " the segments " + (int) before + " and " + segment
                + " lie on one another in slice " + voxel / plane + " at row " + i / size[0] + ", column "
                + i % size[0] + "; a voxel can have one class unless `overlappingLabels` is on.");
      }
      labels[voxel] = segment;
    });
    return labels;
  }

  /** Takes a segment's number at a voxel. */
  interface Sink {
    void put(int voxel, int segment) throws DatasetException;
  }

  /**
   * All segments at the voxels of a series, which may lie on one another.
   *
   * @throws DatasetException with a sentence that names the file, if it is no segmentation of this series
   */
  static void each(Path file, DicomSeries series, Sink sink) throws IOException {
    DicomImage image = DicomFile.read(file).image();
    Segments segments = DicomFile.of(file, () -> Segments.of(image));
    int[] size = series.size();
    if (image.columns() != size[0] || image.rows() != size[1]) {
      throw new DatasetException(
          "The segmentation " + file + " has pictures of " + image.columns() + "x" + image.rows()
              + " pixels, but the slices of " + series.folder() + " have " + size[0] + "x" + size[1] + ".");
    }
    int plane = size[0] * size[1];
    for (int frame = 0; frame < image.frames(); frame++) {
      int number = frame;
      SliceHeader header = DicomFile.of(file, () -> image.header(number));
      int z = slice(header, series);
      if (z < 0) {
        throw new DatasetException(
            "The segmentation " + file + " has its picture " + (frame + 1) + " at "
                + Arrays.toString(header.position()) + ", where the series " + series.folder()
                + " has no slice.");
      }
      int[] bits = DicomFile.of(file, () -> image.samples(number, DicomJpeg::decode));
      int segment = segments.ofFrame()[frame];
      for (int i = 0; i < plane; i++) {
        if (bits[i] != 0) {
          sink.put(z * plane + i, segment);
        }
      }
    }
  }

  /** The slice at a picture's position; −1 if there is none. */
  private static int slice(SliceHeader header, DicomSeries series) {
    double[] position = header.position();
    double[] directions = header.directions();
    List<DicomSeries.Slice> slices = series.slices();
    double[] own = Objects.requireNonNull(slices.get(0).header().directions());
    double[] spacing = series.affine().spacing();
    if (position == null || directions == null) {
      return -1;
    }
    for (int i = 0; i < 6; i++) {
      if (Math.abs(directions[i] - own[i]) > 0.01) {
        return -1;
      }
    }
    double least = APART * Math.min(spacing[0], Math.min(spacing[1], spacing[2]));
    for (int z = 0; z < slices.size(); z++) {
      double[] at = Objects.requireNonNull(slices.get(z).header().position());
      double square = 0;
      for (int axis = 0; axis < 3; axis++) {
        square += (at[axis] - position[axis]) * (at[axis] - position[axis]);
      }
      if (Math.sqrt(square) <= least) {
        return z;
      }
    }
    return -1;
  }

  /** Writes classes of a series' voxels, of which each has one. */
  public static void write(Path file, int[] labels, DicomSeries series, ClassTable classes, String program)
      throws IOException {
    write(file, labels, false, series, classes, program);
  }

  /**
   * Writes classes of a series' voxels: a segment for each class but the background, named after it.
   *
   * @param labels the class of each voxel, x fastest, slices in the order of the series
   * @param sets whether labels are all classes of a voxel, a bit for each, the lowest that of class 1
   * @param program name and version of the program, with a blank between
   */
  public static void write(
      Path file, int[] labels, boolean sets, DicomSeries series, ClassTable classes, String program)
      throws IOException {
    List<SegmentationFile.Segment> segments = new ArrayList<>();
    for (int number = 1; number < classes.size(); number++) {
      int colour = classes.colour(number);
      segments.add(
          new SegmentationFile.Segment(
              classes.names().get(number), colour >> 16 & 255, colour >> 8 & 255, colour & 255));
    }
    double[] spacing = series.affine().spacing();
    List<DicomSeries.Slice> slices = series.slices();
    int steps = slices.size() - 1;
    double apart = steps == 0 ? spacing[2] : (slices.get(steps).along() - slices.get(0).along()) / steps;
    List<SliceHeader> headers = slices.stream().map(DicomSeries.Slice::header).toList();
    DicomImage source = DicomFile.read(slices.get(0).file()).image();
    byte[] bytes =
        SegmentationFile.of(
            source, headers, new double[] {spacing[1], spacing[0], apart}, labels, sets, segments, program);
    AtomicFile.write(file, out -> out.write(bytes));
  }
}
