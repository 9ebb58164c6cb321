package org.swinengine.data;

import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;
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
            ? new RawImage(image.rows(), image.columns(), 3, image.colours(frame, DicomDecoder::jpeg))
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
    int[] samples = image.samples(frame, DicomDecoder::jpeg);
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

  private static int[] jpeg(byte[] file, boolean lossless) throws IOException {
    JpegHeader header = JpegHeader.parse(file);
    if (!lossless && header != null && header.usual()) {
      RawImage picture = ImageDecoder.decode(file);
      int[] samples = new int[picture.pixels().length];
      for (int i = 0; i < samples.length; i++) {
        samples[i] = picture.pixels()[i] & 255;
      }
      return samples;
    }
    return lossless(file);
  }

  /** With the first reader for JPEG that is not the JDK's, which reads no lossless ones. */
  private static int[] lossless(byte[] file) throws IOException {
    Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName("jpeg");
    while (readers.hasNext()) {
      ImageReader reader = readers.next();
      if (!reader.getClass().getName().startsWith("com.sun.imageio")) {
        try (ImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(file))) {
          reader.setInput(in, true, true);
          long pixels = (long) reader.getWidth(0) * reader.getHeight(0);
          PictureMemory.OF_HEAP.requireWhole(reader.getWidth(0), reader.getHeight(0), 8, file.length);
          if (pixels / 256 > file.length) {
            throw new UnreadableImageException(
                "states " + pixels + " pixels in a JPEG of " + file.length + " bytes");
          }
          Raster raster = reader.readRaster(0, null);
          return raster.getPixels(0, 0, raster.getWidth(), raster.getHeight(), (int[]) null);
        } finally {
          reader.dispose();
        }
      }
    }
    throw new UnreadableImageException("is a JPEG of a kind for which this Java has no decoder");
  }
}
