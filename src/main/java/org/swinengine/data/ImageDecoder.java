package org.swinengine.data;

import java.awt.image.Raster;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.swinengine.weights.NotRegularFileException;
import org.swinengine.weights.RegularFile;

/**
 * Decodes image files to the 8-bit pixels that Pillow's {@code Image.open(file).convert("RGB")} gives, which
 * is what torchvision's and timm's data sets feed to a model: JPEG (CMYK too), PNG, BMP, GIF (first picture),
 * TIFF, WebP, PBM, PGM and PPM, and DICOM (first picture), as its file says that it is to be shown.
 *
 * <ul>
 *   <li>Colour profiles are ignored: the stored numbers are the pixels.
 *   <li>The EXIF orientation is ignored, as torchvision ignores it: the picture stays as it is stored. Only
 *       that of TIFF files is heeded, as Pillow does. {@link Decoding#withExifOrientation} heeds it.
 *   <li>Transparency is dropped, not blended.
 *   <li>16-bit samples keep their upper byte. For 16-bit grey this differs from Pillow on purpose, which
 *       clips all values above 255 to white; {@link SampleRange} gives other choices, for floats too.
 *   <li>Grey files stay one channel; {@link RawImage#withChannels} makes three equal ones.
 *   <li>A picture that is too large for a quarter of the heap is taken in part: every second, third … row and
 *       column; the receiver of notes hears of it. One that states more pixels than a file of its size has is
 *       refused.
 *   <li>A cut-off file is an error, as in Pillow, even where a decoder could fill the rest with grey.
 * </ul>
 */
public final class ImageDecoder {
  private ImageDecoder() {}

  /**
   * Decodes a file.
   *
   * @throws DatasetException with a sentence that names the file, when it is missing or no readable image
   * @throws IOException when reading fails
   */
  public static RawImage decode(Path file) throws IOException {
    return decode(file, Decoding.DEFAULT);
  }

  /** The same, and how. */
  public static RawImage decode(Path file, Decoding how) throws IOException {
    try {
      return decode(read(file), how);
    } catch (NoSuchFileException e) {
      throw new DatasetException("The image " + file + " does not exist. Check the path.", e);
    } catch (UnreadableImageException e) {
      throw named(file.toString(), e);
    }
  }

  /**
   * Decodes what a stream gives up to its end. The stream is not closed.
   *
   * @param name what the picture is called in errors, for instance a file's name or an address
   * @throws DatasetException with a sentence that names the picture, when it is no readable image
   * @throws IOException when reading fails
   */
  public static RawImage decode(InputStream in, String name) throws IOException {
    return decode(read(in, name), name);
  }

  /**
   * The bytes of an image file, up to a stream's end. The stream is not closed.
   *
   * @param name what the picture is called in errors
   * @throws DatasetException with a sentence that names the picture, when they are too many for the heap
   * @throws IOException when reading fails
   */
  public static byte[] read(InputStream in, String name) throws IOException {
    int most = (int) PictureMemory.OF_HEAP.largestFile();
    byte[] file = in.readNBytes(most + 1);
    try {
      requireSize(file.length);
    } catch (UnreadableImageException e) {
      throw named(name, e);
    }
    return file;
  }

  /**
   * Decodes the bytes of an image file.
   *
   * @param name what the picture is called in errors, for instance a file's name or an address
   * @throws DatasetException with a sentence that names the picture, when it is no readable image
   */
  public static RawImage decode(byte[] file, String name) throws DatasetException {
    return decode(file, name, Decoding.DEFAULT);
  }

  /** The same, and how. */
  public static RawImage decode(byte[] file, String name, Decoding how) throws DatasetException {
    try {
      return decode(file, how);
    } catch (UnreadableImageException e) {
      throw named(name, e);
    }
  }

  /**
   * Decodes all pictures of a DICOM file of several frames; of any other file its one picture.
   *
   * @param name what the file is called in errors
   * @throws DatasetException with a sentence that names the file, when a picture cannot be read
   */
  public static List<RawImage> decodeFrames(byte[] file, String name, Decoding how) throws DatasetException {
    List<RawImage> frames = new ArrayList<>();
    try {
      int count = DicomDecoder.isDicom(file) ? DicomDecoder.frames(file) : 0;
      for (int frame = 0; frame < count; frame++) {
        frames.add(DicomDecoder.decode(file, frame, how));
      }
      if (count == 0) {
        frames.add(decode(file, how));
      }
    } catch (UnreadableImageException e) {
      throw named(name, e);
    } catch (IOException | RuntimeException e) {
      throw named(name, new UnreadableImageException("is damaged or cut off (" + e.getMessage() + ")", e));
    }
    return frames;
  }

  private static DatasetException named(String name, UnreadableImageException e) {
    return new DatasetException("The image " + name + " " + e.getMessage() + ".", e);
  }

  /** The bytes of a file, which must be a regular one of a bearable size. */
  static byte[] read(Path file) throws IOException {
    try {
      RegularFile.require(file);
    } catch (NotRegularFileException e) {
      throw new UnreadableImageException(e.clause(), e);
    }
    if (Places.isInZip(file)) {
      return Places.readInZip(file, PictureMemory.OF_HEAP.largestFile());
    }
    requireSize(Files.size(file));
    return Files.readAllBytes(file);
  }

  private static void requireSize(long bytes) throws UnreadableImageException {
    long most = PictureMemory.OF_HEAP.largestFile();
    if (bytes > most) {
      throw new UnreadableImageException(
          String.format(
              Locale.ROOT, "is a file of more than %,d MB, which is too large for the heap (-Xmx gives more)",
              most >> 20));
    }
  }

  /** Decodes a file's bytes. */
  static RawImage decode(byte[] file) throws UnreadableImageException {
    return decode(file, Decoding.DEFAULT);
  }

  /** Decodes a file's bytes. */
  static RawImage decode(byte[] file, Decoding how) throws UnreadableImageException {
    if (file.length == 0) {
      throw new UnreadableImageException("is empty");
    }
    if (how.range().kind() == SampleRange.Kind.PICTURE) {
      SampleHistogram own = new SampleHistogram();
      decode(file, Decoding.counting(own));
      return decode(file, how.withRange(own.window(how.range())));
    }
    try {
      JpegHeader jpeg = JpegHeader.parse(file);
      RawImage picture = jpeg != null && jpeg.usual() ? decodeJpeg(jpeg, how) : decodeAny(file, how);
      return how.exifOrientation() ? ExifOrientation.of(file).image(picture) : picture;
    } catch (UnreadableImageException e) {
      throw e;
    } catch (OutOfMemoryError e) {
      throw new UnreadableImageException(
          "needs more memory to decode than there is beside everything else (-Xmx gives more)", e);
    } catch (IOException | RuntimeException e) {
      // Decoders meet damaged files with all kinds of exceptions; each of them means the same here.
      String detail = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
      throw new UnreadableImageException("is damaged or cut off (" + detail + ")", e);
    }
  }

  private static RawImage decodeJpeg(JpegHeader header, Decoding how) throws IOException {
    try (PictureFile file = PictureFile.openJpeg(header.plain())) {
      int components = header.components();
      if (components == 2 || components > 4) {
        throw new UnreadableImageException("is a JPEG of " + components + " components");
      }
      return file.read(
          components == 4 ? 4 + 3 : 3,
          how,
          (reader, param) -> {
            if (header.progressive()) {
              // Their coefficients, two bytes each, are in memory until the last has come.
              int width = reader.getWidth(0);
              int height = reader.getHeight(0);
              PictureMemory.OF_HEAP.requireOutside(width, height, 2L * components * width * height);
            }
            Raster raster = reader.readRaster(0, param);
            return components == 4
                ? CmykPixels.fromJpeg(raster, header.hasChroma())
                : JpegPixels.of(raster, header.hasChroma());
          });
    }
  }

  private static RawImage decodeAny(byte[] file, Decoding how) throws IOException {
    if (GifCanvas.isGif(file)) {
      return GifCanvas.decode(file, how);
    }
    if (WebpFile.isWebp(file)) {
      return WebpFile.decode(file, how);
    }
    if (PnmFile.isPnm(file)) {
      return PnmFile.decode(file, how);
    }
    if (DicomDecoder.isDicom(file)) {
      return DicomDecoder.decode(file, 0, how);
    }
    RawImage picture = decodePlain(file, PngPalette.of(file), how);
    return TiffOrientation.of(file).apply(picture);
  }

  /**
   * Decodes with the reader that knows the format.
   *
   * @param palette colours 0xRRGGBB to use instead of the file's as its reader gives them, or null
   */
  static RawImage decodePlain(byte[] file, int @Nullable [] palette, Decoding how) throws IOException {
    try (PictureFile opened = PictureFile.open(file)) {
      return opened.read(
          opened.bytesPerPixel(),
          how,
          (reader, param) ->
          // Reading an image would cut floats off at 0 and 1.
          opened.isFloating() && reader.canReadRaster()
              ? DecodedPixels.ofFloats(reader.readRaster(0, param), how)
              : DecodedPixels.of(reader.read(0, param), palette, how));
    }
  }
}
