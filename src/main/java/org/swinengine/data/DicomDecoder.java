package org.swinengine.data;

import java.io.IOException;
import org.swinengine.data.dicom.DicomException;
import org.swinengine.data.dicom.DicomImage;
import org.swinengine.data.dicom.GreyValues;

/**
 * Makes pictures of DICOM files. Grey of 8 bits or less is shown as the file says; of more bits, or with
 * values of its modality, {@link SampleRange} chooses: the full range is what the file says, anything else
 * takes the modality's values (Hounsfield units in computed tomography).
 */
final class DicomDecoder {
  /** Samples are held as ints, and pictures of them. */
  private static final int BYTES_PER_PIXEL = 8;

  /** Levels that a picture without a window should use. */
  private static final int FEW_LEVELS = 64;

  private DicomDecoder() {}

  static boolean isDicom(byte[] file) {
    return DicomImage.isDicom(file);
  }

  static RawImage decode(byte[] file, int frame, Decoding how) throws IOException {
    try {
      DicomImage image = DicomImage.of(file, PictureMemory.OF_HEAP.largestFile());
      if (frame >= image.frames()) {
        throw new UnreadableImageException("has " + image.frames() + " frames, and not one more");
      }
      int bytesPerPixel = image.isColour() ? 2 * BYTES_PER_PIXEL : BYTES_PER_PIXEL;
      // Run lengths have 64 to one at most; what they state is held against their bytes later.
      PictureMemory.OF_HEAP.requireWhole(image.columns(), image.rows(), bytesPerPixel, file.length);
      long pixels = (long) image.rows() * image.columns();
      try (PictureMemory.Lease lease = PictureMemory.OF_HEAP.take(pixels * bytesPerPixel)) {
        return image.isColour()
            ? new RawImage(image.rows(), image.columns(), 3, image.colours(frame, DicomJpeg::decode))
            : grey(image, frame, how);
      }
    } catch (DicomException e) {
      throw new UnreadableImageException(String.valueOf(e.getMessage()), e);
    }
  }

  /** Number of pictures in a file. */
  static int frames(byte[] file) throws IOException {
    try {
      return DicomImage.of(file, PictureMemory.OF_HEAP.largestFile()).frames();
    } catch (DicomException e) {
      throw new UnreadableImageException(String.valueOf(e.getMessage()), e);
    }
  }

  private static RawImage grey(DicomImage image, int frame, Decoding how) throws IOException {
    GreyValues values = image.grey(frame);
    int[] samples = image.samples(frame, DicomJpeg::decode);
    boolean wide = image.bits() > 8 || !values.isPlain();
    SampleHistogram histogram = how.histogram();
    if (wide && histogram != null) {
      for (int sample : samples) {
        histogram.add((float) values.value(sample));
      }
    }
    boolean asShown = !wide || how.range().kind() == SampleRange.Kind.FULL || histogram != null;
    byte[] pixels = new byte[samples.length];
    boolean[] used = new boolean[256];
    for (int i = 0; i < pixels.length; i++) {
      int level =
          asShown ? values.level(samples[i]) : how.range().level((float) values.value(samples[i]));
      used[level] = true;
      pixels[i] = (byte) (values.isInverted() ? 255 - level : level);
    }
    if (asShown && wide && !values.isWindowed() && histogram == null) {
      remark(used, values, samples, how);
    }
    return new RawImage(image.rows(), image.columns(), 1, pixels);
  }

  private static void remark(boolean[] used, GreyValues values, int[] samples, Decoding how) {
    int levels = 0;
    for (boolean level : used) {
      levels += level ? 1 : 0;
    }
    if (levels >= FEW_LEVELS) {
      return;
    }
    double smallest = Double.POSITIVE_INFINITY;
    double largest = Double.NEGATIVE_INFINITY;
    for (int sample : samples) {
      smallest = Math.min(smallest, values.value(sample));
      largest = Math.max(largest, values.value(sample));
    }
    how.notes().accept(
        new PictureNote(
            PictureNote.Kind.UNUSED_LEVELS,
            "has no window of its own and values from " + SampleRange.number(smallest) + " to "
                + SampleRange.number(largest) + ", of which the full range keeps " + levels
                + " levels; `sampleRange` window:LOW:HIGH (or percentiles) shows more of them"));
  }
}
