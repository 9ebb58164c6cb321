package org.swinengine.data.segmentation;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.swinengine.data.Decoding;
import org.swinengine.data.list.ListColumns;

/**
 * How pictures with masks are read and divided.
 *
 * @param validationFraction share that is set aside for validation where the data have no such part
 * @param seed that chooses it
 * @param classTable a file as {@link ClassTable#read} takes it; null: classes.csv or classes.txt in the
 *     folder, or what the masks hold
 * @param classNames of a model whose classes the masks have, where there is no table; null: nothing is known
 * @param ignored the number in masks of pixels that count nowhere; null: there is none
 * @param columns of a list; its column of labels is that of the masks
 * @param decoding of picture files; its range is that of volumes too
 * @param neighbours slices below and above that a slice of a volume brings along as channels; 0: none
 * @param overlapping whether a pixel may have several classes; null: where the table of classes says so, or
 *     classes have masks of their own that lie on one another
 */
public record SegmentationOptions(
    double validationFraction,
    long seed,
    @Nullable Path classTable,
    @Nullable List<String> classNames,
    @Nullable Integer ignored,
    ListColumns columns,
    Decoding decoding,
    int neighbours,
    @Nullable Boolean overlapping) {
  /** A fifth set aside, all else found out. */
  public static final SegmentationOptions DEFAULT =
      new SegmentationOptions(0.2, 0, null, null, null, ListColumns.USUAL, Decoding.DEFAULT, 0, null);

  /** Checks the share. */
  public SegmentationOptions {
    if (!(validationFraction > 0 && validationFraction < 1)) {
      throw new IllegalArgumentException(
          "`validationFraction` is " + validationFraction + ", but must be between 0 and 1");
    }
  }

  /** The same with another division. */
  public SegmentationOptions withDivision(double fraction, long newSeed) {
    return new SegmentationOptions(
        fraction, newSeed, classTable, classNames, ignored, columns, decoding, neighbours, overlapping);
  }

  /** The same with a table of classes. */
  public SegmentationOptions withClassTable(@Nullable Path file) {
    return new SegmentationOptions(
        validationFraction, seed, file, classNames, ignored, columns, decoding, neighbours, overlapping);
  }

  /** The same for masks of a model's classes. */
  public SegmentationOptions withClassNames(@Nullable List<String> names) {
    return new SegmentationOptions(
        validationFraction, seed, classTable, names, ignored, columns, decoding, neighbours, overlapping);
  }

  /** The same with a number for what counts nowhere. */
  public SegmentationOptions withIgnored(@Nullable Integer number) {
    return new SegmentationOptions(
        validationFraction, seed, classTable, classNames, number, columns, decoding, neighbours, overlapping);
  }

  /** The same with columns of a list. */
  public SegmentationOptions withColumns(ListColumns newColumns) {
    return new SegmentationOptions(
        validationFraction, seed, classTable, classNames, ignored, newColumns, decoding, neighbours,
        overlapping);
  }

  /** The same with another way to decode. */
  public SegmentationOptions withDecoding(Decoding how) {
    return new SegmentationOptions(
        validationFraction, seed, classTable, classNames, ignored, columns, how, neighbours, overlapping);
  }

  /** The same with neighbouring slices as channels. */
  public SegmentationOptions withNeighbours(int slices) {
    return new SegmentationOptions(
        validationFraction, seed, classTable, classNames, ignored, columns, decoding, slices, overlapping);
  }

  /** The same with one class a pixel, or several. */
  public SegmentationOptions withOverlapping(@Nullable Boolean several) {
    return new SegmentationOptions(
        validationFraction, seed, classTable, classNames, ignored, columns, decoding, neighbours, several);
  }
}
