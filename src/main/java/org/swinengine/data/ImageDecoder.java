package org.swinengine.data;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * Decodes image files to the 8-bit pixels that Pillow's {@code Image.open(file).convert("RGB")} gives, which
 * is what torchvision's and timm's data sets feed to a model: JPEG (CMYK too), PNG, BMP, GIF (first picture),
 * TIFF, WebP, PPM (and PGM, PBM).
 *
 * <ul>
 *   <li>Colour profiles are ignored: the stored numbers are the pixels.
 *   <li>The EXIF orientation is ignored, as torchvision ignores it: the picture stays as it is stored.
 *   <li>Transparency is dropped, not blended.
 *   <li>16-bit samples keep their upper byte. For 16-bit grey this differs from Pillow on purpose, which
 *       clips all values above 255 to white.
 *   <li>Grey files stay one channel; {@link RawImage#withChannels} makes three equal ones.
 *   <li>A cut-off file is an error, as in Pillow, even where a decoder could fill the rest with grey.
 * </ul>
 */
public final class ImageDecoder {
  /** The number of pixels from which Pillow takes a file for an attack on memory. */
  private static final long PIXEL_LIMIT = 178_956_970;

  private ImageDecoder() {}

  /**
   * Decodes a file.
   *
   * @throws DatasetException with a sentence that names the file, when it is missing or no readable image
   * @throws IOException when reading fails
   */
  public static RawImage decode(Path file) throws IOException {
    try {
      return decode(Files.readAllBytes(file), file.toString());
    } catch (NoSuchFileException e) {
      throw new DatasetException("The image " + file + " does not exist. Check the path.", e);
    }
  }

  /**
   * Decodes what a stream gives up to its end, at most 2 GiB. The stream is not closed.
   *
   * @param name what the picture is called in errors, for instance a file's name or an address
   * @throws DatasetException with a sentence that names the picture, when it is no readable image
   * @throws IOException when reading fails
   */
  public static RawImage decode(InputStream in, String name) throws IOException {
    return decode(in.readAllBytes(), name);
  }

  /**
   * Decodes the bytes of an image file.
   *
   * @param name what the picture is called in errors, for instance a file's name or an address
   * @throws DatasetException with a sentence that names the picture, when it is no readable image
   */
  public static RawImage decode(byte[] file, String name) throws DatasetException {
    try {
      return decode(file);
    } catch (UnreadableImageException e) {
      throw new DatasetException("The image " + name + " " + e.getMessage() + ".", e);
    }
  }

  /** Decodes a file's bytes. */
  static RawImage decode(byte[] file) throws UnreadableImageException {
    if (file.length == 0) {
      throw new UnreadableImageException("is empty");
    }
    try {
      if (PnmDecoder.isOne(file)) {
        return PnmDecoder.decode(file, PIXEL_LIMIT);
      }
      JpegHeader jpeg = JpegHeader.parse(file);
      return jpeg != null && jpeg.components() == 4 ? decodeCmykJpeg(file, jpeg) : decodeAny(file);
    } catch (UnreadableImageException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      // Decoders meet damaged files with all kinds of exceptions; each of them means the same here.
      String detail = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
      throw new UnreadableImageException("is damaged or cut off (" + detail + ")", e);
    }
  }

  private static RawImage decodeAny(byte[] file) throws IOException {
    try (ImageInputStream in = stream(file)) {
      Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
      if (!readers.hasNext()) {
        throw new UnreadableImageException(
            "is not an image of a known format (JPEG, PNG, BMP, GIF, TIFF, WebP, PPM)");
      }
      ImageReader reader = readers.next();
      try {
        boolean[] cutOff = open(reader, in);
        BufferedImage image = reader.read(0);
        check(cutOff);
        return pixels(image);
      } finally {
        reader.dispose();
      }
    }
  }

  private static RawImage decodeCmykJpeg(byte[] file, JpegHeader header) throws IOException {
    Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName("jpeg");
    while (readers.hasNext()) {
      ImageReader reader = readers.next();
      // The JDK's own reader gives the stored components; others would apply a colour profile.
      if (reader.getClass().getName().startsWith("com.sun.imageio")) {
        try (ImageInputStream in = stream(file)) {
          boolean[] cutOff = open(reader, in);
          Raster raster = reader.readRaster(0, null);
          check(cutOff);
          return CmykPixels.fromJpeg(raster, header.adobeTransform() == JpegHeader.YCCK);
        } finally {
          reader.dispose();
        }
      }
      reader.dispose();
    }
    throw new UnreadableImageException("is a CMYK JPEG, for which this Java has no decoder");
  }

  private static ImageInputStream stream(byte[] file) {
    return new MemoryCacheImageInputStream(new ByteArrayInputStream(file));
  }

  /** Prepares the reader; the returned flag becomes true when it finds the end of the file too early. */
  private static boolean[] open(ImageReader reader, ImageInputStream in) throws IOException {
    boolean[] cutOff = {false};
    reader.addIIOReadWarningListener((source, warning) -> cutOff[0] |= warning.contains("Truncated File"));
    reader.setInput(in, false, true);
    long height = reader.getHeight(0);
    long width = reader.getWidth(0);
    if (height * width > PIXEL_LIMIT) {
      throw new UnreadableImageException(
          "states a size of " + width + "x" + height + " pixels, more than the limit of " + PIXEL_LIMIT);
    }
    return cutOff;
  }

  private static void check(boolean[] cutOff) throws UnreadableImageException {
    if (cutOff[0]) {
      throw new UnreadableImageException("is cut off");
    }
  }

  private static RawImage pixels(BufferedImage image) throws UnreadableImageException {
    ColorModel model = image.getColorModel();
    Raster raster = image.getRaster();
    int type = model.getTransferType();
    if (type != DataBuffer.TYPE_BYTE && type != DataBuffer.TYPE_USHORT && type != DataBuffer.TYPE_INT) {
      throw new UnreadableImageException("has samples that are neither 8 nor 16 bits wide");
    }
    if (model instanceof IndexColorModel palette) {
      return fromPalette(raster, palette);
    }
    return switch (model.getColorSpace().getType()) {
      case ColorSpace.TYPE_GRAY -> fromBands(raster, model.getComponentSize(), 1);
      case ColorSpace.TYPE_RGB -> fromBands(raster, model.getComponentSize(), 3);
      case ColorSpace.TYPE_CMYK -> CmykPixels.fromInk(raster);
      default -> fromPackedRgb(image);
    };
  }

  private static RawImage fromBands(Raster raster, int[] bits, int channels) throws UnreadableImageException {
    int height = raster.getHeight();
    int width = raster.getWidth();
    int bands = raster.getNumBands();
    byte[] pixels = new byte[height * width * channels];
    int[] row = new int[width * bands];
    int next = 0;
    for (int y = 0; y < height; y++) {
      raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, row);
      for (int x = 0; x < width; x++) {
        for (int c = 0; c < channels; c++) {
          pixels[next++] = toByte(row[x * bands + c], bits[c]);
        }
      }
    }
    return new RawImage(height, width, channels, pixels);
  }

  private static byte toByte(int value, int bits) throws UnreadableImageException {
    if (bits == 8) {
      return (byte) value;
    }
    if (bits == 16) {
      return (byte) (value >>> 8);
    }
    if (bits < 8) {
      return (byte) (value * 255 / ((1 << bits) - 1));
    }
    throw new UnreadableImageException("has samples of " + bits + " bits");
  }

  private static RawImage fromPalette(Raster raster, IndexColorModel palette) {
    int height = raster.getHeight();
    int width = raster.getWidth();
    int[] colours = new int[palette.getMapSize()];
    palette.getRGBs(colours);
    boolean grey = true;
    for (int colour : colours) {
      grey &= (colour >> 16 & 255) == (colour & 255) && (colour >> 8 & 255) == (colour & 255);
    }
    int channels = grey ? 1 : 3;
    byte[] pixels = new byte[height * width * channels];
    int[] row = new int[width];
    int next = 0;
    for (int y = 0; y < height; y++) {
      raster.getSamples(raster.getMinX(), raster.getMinY() + y, width, 1, 0, row);
      for (int x = 0; x < width; x++) {
        // Pillow paints an index beyond the palette black.
        int colour = row[x] < colours.length ? colours[row[x]] : 0;
        next = put(pixels, next, colour, channels);
      }
    }
    return new RawImage(height, width, channels, pixels);
  }

  private static RawImage fromPackedRgb(BufferedImage image) {
    int height = image.getHeight();
    int width = image.getWidth();
    byte[] pixels = new byte[height * width * 3];
    int[] row = new int[width];
    int next = 0;
    for (int y = 0; y < height; y++) {
      image.getRGB(0, y, width, 1, row, 0, width);
      for (int colour : row) {
        next = put(pixels, next, colour, 3);
      }
    }
    return new RawImage(height, width, 3, pixels);
  }

  private static int put(byte[] pixels, int at, int colour, int channels) {
    if (channels == 3) {
      pixels[at++] = (byte) (colour >> 16);
      pixels[at++] = (byte) (colour >> 8);
    }
    pixels[at++] = (byte) colour;
    return at;
  }
}
