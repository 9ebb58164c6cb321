package org.swinengine.data;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;
import org.swinengine.data.list.ListColumns;

/**
 * How {@link Datasets#open} reads a data set.
 *
 * @param validationFraction share of each class that becomes the validation part where the data have no
 *     validation or test part of their own; between 0 and 1, exclusive
 * @param seed decides which samples those are
 * @param verifyUpTo a folder part with at most this many images has each of them decoded once while it is
 *     opened, so that an unreadable one is left out from the start; larger folders are taken on trust,
 *     because decoding a million files would take an hour (see {@link FolderDataset})
 * @param sampleRange what becomes of samples wider than 8 bits in image files; percentiles are those of the
 *     training part
 * @param exifOrientation whether image files are turned as their EXIF data say, {@link
 *     Decoding#withExifOrientation}
 * @param columns which columns of a list of images mean what
 * @param groupPattern a regular expression that is looked for in an image's path below the data folder; its
 *     first capture (or all of it) is the {@link Dataset#group group}. Null: groups are what a list says
 * @param folds 0; or how many folds images are for that have no validation or test part of their own, see
 *     {@link FoldedData}: nothing is set aside of them then
 */
public record DatasetOptions(
    double validationFraction, long seed, int verifyUpTo, SampleRange sampleRange, boolean exifOrientation,
    ListColumns columns, @Nullable String groupPattern, int folds) {
  /** A fifth for validation, seed 0, up to 20,000 images decoded while opening. */
  public static final DatasetOptions DEFAULT = new DatasetOptions(0.2, 0, 20_000, SampleRange.FULL, false);

  /** Checks the ranges. */
  public DatasetOptions {
    if (!(validationFraction > 0 && validationFraction < 1)) {
      throw new IllegalArgumentException(
          "validation fraction is " + validationFraction + " but must lie between 0 and 1, exclusive");
    }
    if (verifyUpTo < 0) {
      throw new IllegalArgumentException("verifyUpTo is " + verifyUpTo + " but must be 0 or more");
    }
    if (groupPattern != null) {
      try {
        Pattern.compile(groupPattern, folds);
      } catch (PatternSyntaxException e) {
        throw new IllegalArgumentException(
            "`groupPattern` is " + groupPattern + ", which is no regular expression: " + e.getDescription(),
            e);
      }
    }
  }

  /** Options without choices of columns and groups. */
  public DatasetOptions(
      double validationFraction, long seed, int verifyUpTo, SampleRange sampleRange,
      boolean exifOrientation) {
    this(validationFraction, seed, verifyUpTo, sampleRange, exifOrientation, ListColumns.USUAL, null, 0);
  }

  /** Returns these options with another share for validation. */
  public DatasetOptions withValidationFraction(double fraction) {
    return new DatasetOptions(
        fraction, seed, verifyUpTo, sampleRange, exifOrientation, columns, groupPattern, folds);
  }

  /** Returns these options with another seed. */
  public DatasetOptions withSeed(long newSeed) {
    return new DatasetOptions(
        validationFraction, newSeed, verifyUpTo, sampleRange, exifOrientation, columns, groupPattern, folds);
  }

  /** Returns these options with another limit for decoding while opening. */
  public DatasetOptions withVerifyUpTo(int limit) {
    return new DatasetOptions(
        validationFraction, seed, limit, sampleRange, exifOrientation, columns, groupPattern, folds);
  }

  /** Returns these options with another range of samples wider than 8 bits. */
  public DatasetOptions withSampleRange(SampleRange range) {
    return new DatasetOptions(
        validationFraction, seed, verifyUpTo, range, exifOrientation, columns, groupPattern, folds);
  }

  /** Returns these options with other columns of a list. */
  public DatasetOptions withColumns(ListColumns newColumns) {
    return new DatasetOptions(
        validationFraction, seed, verifyUpTo, sampleRange, exifOrientation, newColumns, groupPattern, folds);
  }

  /** Returns these options with groups by path; null for none. */
  public DatasetOptions withGroupPattern(@Nullable String pattern) {
    return new DatasetOptions(
        validationFraction, seed, verifyUpTo, sampleRange, exifOrientation, columns, pattern, folds);
  }

  /** Returns these options with or without turning image files as their EXIF data say. */
  public DatasetOptions withExifOrientation(boolean heeded) {
    return new DatasetOptions(
        validationFraction, seed, verifyUpTo, sampleRange, heeded, columns, groupPattern, folds);
  }

  /** Returns these options for so many folds; 0 for one validation part. */
  public DatasetOptions withFolds(int count) {
    return new DatasetOptions(
        validationFraction, seed, verifyUpTo, sampleRange, exifOrientation, columns, groupPattern, count);
  }
}
