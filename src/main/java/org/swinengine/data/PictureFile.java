package org.swinengine.data;

import java.awt.image.DataBuffer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/** A file's bytes, open in one of the JDK's image readers, with what its size allows. */
final class PictureFile implements AutoCloseable {
  /** How a reader's picture becomes ours. */
  interface Reading {
    RawImage read(ImageReader reader, ImageReadParam how) throws IOException;
  }

  private final ImageReader reader;
  private final ImageInputStream in;
  private final byte[] file;
  private boolean cutOff;

  private PictureFile(ImageReader reader, ImageInputStream in, byte[] file) {
    this.reader = reader;
    this.in = in;
    this.file = file;
    reader.addIIOReadWarningListener((source, warning) -> cutOff |= warning.contains("Truncated File"));
    reader.setInput(in, false, true);
  }

  /** In the reader that knows the format. */
  static PictureFile open(byte[] file) throws IOException {
    ImageInputStream in = stream(file);
    Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
    if (!readers.hasNext()) {
      in.close();
      throw new UnreadableImageException(
          "is not an image of a known format (JPEG, PNG, BMP, GIF, TIFF, WebP, PPM, DICOM)");
    }
    return new PictureFile(readers.next(), in, file);
  }

  /** In the JDK's own JPEG reader, which gives the stored components; others would apply a colour profile. */
  static PictureFile openJpeg(byte[] file) throws IOException {
    Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName("jpeg");
    while (readers.hasNext()) {
      ImageReader reader = readers.next();
      if (reader.getClass().getName().startsWith("com.sun.imageio")) {
        return new PictureFile(reader, stream(file), file);
      }
      reader.dispose();
    }
    throw new UnreadableImageException("is a JPEG, for which this Java has no decoder");
  }

  private static ImageInputStream stream(byte[] file) {
    return new MemoryCacheImageInputStream(new ByteArrayInputStream(file));
  }

  /**
   * Reads the picture, or every so many of its rows and columns where the whole is too large.
   *
   * @param bytesPerPixel what decoding allocates
   */
  RawImage read(int bytesPerPixel, Decoding decoding, Reading reading) throws IOException {
    int width = reader.getWidth(0);
    int height = reader.getHeight(0);
    int step = PictureMemory.OF_HEAP.step(width, height, bytesPerPixel, file.length);
    PictureBytes.require(file, width, height);
    ImageReadParam how = reader.getDefaultReadParam();
    how.setSourceSubsampling(step, step, 0, 0);
    long pixels = (long) ((width + step - 1) / step) * ((height + step - 1) / step);
    try (PictureMemory.Lease lease = PictureMemory.OF_HEAP.take(pixels * bytesPerPixel)) {
      RawImage picture = reading.read(reader, how);
      if (cutOff) {
        throw new UnreadableImageException("is cut off");
      }
      if (step > 1) {
        decoding.notes().accept(PictureMemory.note(width, height, step));
      }
      return picture;
    }
  }

  /** Bytes of a pixel as its reader holds it, and of the RGB pixel that is made of it. */
  int bytesPerPixel() throws IOException {
    Iterator<ImageTypeSpecifier> types = reader.getImageTypes(0);
    if (!types.hasNext()) {
      return 8;
    }
    int[] sizes = types.next().getSampleModel().getSampleSize();
    int bits = Arrays.stream(sizes).sum();
    boolean asItIs = bits == 8 * sizes.length && (sizes.length == 1 || sizes.length == 3);
    return asItIs ? 3 : Math.max(1, bits / 8) + 3;
  }

  /** Whether the samples are floats. */
  boolean isFloating() throws IOException {
    ImageTypeSpecifier type = reader.getRawImageType(0);
    int samples = type == null ? DataBuffer.TYPE_BYTE : type.getSampleModel().getTransferType();
    return samples == DataBuffer.TYPE_FLOAT || samples == DataBuffer.TYPE_DOUBLE;
  }

  @Override
  public void close() throws IOException {
    reader.dispose();
    in.close();
  }
}
