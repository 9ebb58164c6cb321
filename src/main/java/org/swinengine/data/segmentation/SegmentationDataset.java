package org.swinengine.data.segmentation;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.swinengine.data.Dataset;
import org.swinengine.data.RawImage;

/**
 * Pictures with a class for each pixel. Slices of a volume are pictures, whose {@link #group} is the volume.
 */
public interface SegmentationDataset extends Dataset {
  /** Where a mask has this number, the pixel counts nowhere: neither is it learnt from, nor measured. */
  int IGNORED = 255;

  /** Names and colours of the classes; the first is the background. */
  ClassTable classes();

  /** Whether a pixel may have several classes, or none: masks are {@link ClassSets} then. */
  default boolean isOverlapping() {
    return false;
  }

  /**
   * Reads a picture and its mask.
   *
   * @throws org.swinengine.data.DatasetException with a sentence that names the file, and of a mask pixel and
   *     value, if one of them cannot be used
   * @throws IOException when reading fails
   */
  ImageAndMask pair(int index) throws IOException;

  /** The volume that a sample is a slice of; empty of a picture by itself. Slices follow one another. */
  default Optional<String> volume(int index) {
    return Optional.empty();
  }

  /**
   * Distances of a sample's pixels, where its file says them.
   *
   * @throws IOException when reading fails
   */
  default Optional<Spacing> spacing(int index) throws IOException {
    return Optional.empty();
  }

  /**
   * The object that each pixel of a sample's mask belongs to, numbered from 1, 0 where there is none; empty
   * where the data do not tell objects apart.
   *
   * @throws IOException when reading fails
   */
  default Optional<int[]> objects(int index) throws IOException {
    return Optional.empty();
  }

  @Override
  default SegmentationDataset view(int[] indices) {
    return part(indices);
  }

  /** Some of the samples, which keep their names. */
  SegmentationDataset part(int[] indices);

  /** The same, which keeps up to so many bytes of decoded pictures and masks in memory. */
  SegmentationDataset cached(long bytes);

  @Override
  default RawImage load(int index) throws IOException {
    return pair(index).image();
  }

  /**
   * Rows and columns of a picture; of a volume's slice its values are not read for it.
   *
   * @throws IOException when reading fails
   */
  default int[] extent(int index) throws IOException {
    RawImage image = load(index);
    return new int[] {image.height(), image.width()};
  }

  /** The classes that a model has an answer for: without the background where pixels may have several. */
  @Override
  default List<String> classNames() {
    List<String> all = classes().names();
    return isOverlapping() ? all.subList(1, all.size()) : all;
  }

  /** Always 0: a picture as a whole has no class. */
  @Override
  default int label(int index) {
    return 0;
  }
}
