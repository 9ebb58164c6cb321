package org.swinengine.data;

import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/** Decodes the JPEG images that DICOM files hold. */
public final class DicomJpeg {
  private DicomJpeg() {}

  /**
   * The samples, pixel by pixel, colours as red, green and blue.
   *
   * @param file a JPEG file's bytes
   * @param lossless whether it is a lossless one, whose samples may have up to 16 bits
   * @throws IOException if it cannot be decoded
   */
  public static int[] decode(byte[] file, boolean lossless) throws IOException {
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
