package org.swinengine.data;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** How {@link ImageDecoder} decodes. */
public final class Decoding {
  /** The full range; notes go to the program's log as warnings. */
  public static final Decoding DEFAULT = new Decoding(SampleRange.FULL, Decoding::log, null, false);

  private final SampleRange range;
  private final Consumer<PictureNote> notes;

  /** Null but while a data set's samples are counted. */
  private final @Nullable SampleHistogram histogram;

  private final boolean exifOrientation;

  private Decoding(
      SampleRange range, Consumer<PictureNote> notes, @Nullable SampleHistogram histogram,
      boolean exifOrientation) {
    this.range = range;
    this.notes = notes;
    this.histogram = histogram;
    this.exifOrientation = exifOrientation;
  }

  /** What becomes of samples wider than 8 bits. */
  public SampleRange range() {
    return range;
  }

  Consumer<PictureNote> notes() {
    return notes;
  }

  @Nullable
  SampleHistogram histogram() {
    return histogram;
  }

  /** The same with another range; percentiles are for data sets only. */
  public Decoding withRange(SampleRange newRange) {
    return new Decoding(newRange, notes, histogram, exifOrientation);
  }

  /**
   * The same with a receiver of what should be known of a picture; it is told from the thread that decodes.
   */
  public Decoding withNotes(Consumer<PictureNote> receiver) {
    return new Decoding(range, receiver, histogram, exifOrientation);
  }

  /** Whether pictures are turned as their EXIF data say. */
  public boolean exifOrientation() {
    return exifOrientation;
  }

  /**
   * The same with or without turning pictures as their EXIF data say (JPEG, PNG and WebP), as Pillow's {@code
   * ImageOps.exif_transpose} does. Without is the default, and what torchvision's and timm's data sets give.
   */
  public Decoding withExifOrientation(boolean heeded) {
    return new Decoding(range, notes, histogram, heeded);
  }

  /** Counts samples; the pixels mean nothing then. */
  static Decoding counting(SampleHistogram histogram) {
    return new Decoding(SampleRange.FULL, note -> {}, histogram, false);
  }

  private static void log(PictureNote note) {
    System.getLogger(ImageDecoder.class.getName()).log(System.Logger.Level.WARNING, "A picture " + note);
  }
}
