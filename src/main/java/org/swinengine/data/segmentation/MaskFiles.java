package org.swinengine.data.segmentation;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.jspecify.annotations.Nullable;
import org.swinengine.data.DatasetException;
import org.swinengine.weights.NotRegularFileException;
import org.swinengine.weights.RegularFile;
import org.swinengine.weights.AtomicFile;

/**
 * Reads and writes masks as PNG: grey of 1 to 16 bits and palettes, whose numbers stand for classes, and
 * colours, each of which a {@link ClassTable} gives to a class. A palette's own colours mean nothing; that of
 * the number 3 may be any.
 */
public final class MaskFiles {
  private static final long SIGNATURE = 0x89504E470D0A1A0AL;

  /** Of 16-bit grey. */
  static final int LARGEST_VALUE = 65_535;

  private MaskFiles() {}

  /**
   * The class of each pixel.
   *
   * @param ignored a number that stands for no class and stays as it is; null: there is none
   * @throws DatasetException with a sentence that names file, pixel and value, if it is no mask of these
   *     classes
   */
  public static Mask read(Path file, ClassTable classes, @Nullable Integer ignored) throws IOException {
    return read(file, classes, ignored, false);
  }

  /**
   * All classes of each pixel, a bit for each, the lowest that of class 1; −1 where it counts nowhere.
   *
   * @param ignored a number that stands for no class; null: there is none
   * @throws DatasetException as {@link #read}
   */
  static Mask sets(Path file, ClassTable classes, @Nullable Integer ignored) throws IOException {
    return read(file, classes, ignored, true);
  }

  private static Mask read(Path file, ClassTable classes, @Nullable Integer ignored, boolean sets)
      throws IOException {
    Raster raster = decode(file);
    boolean colours = raster.getNumBands() >= 3;
    if (colours && !classes.hasColours()) {
      requireGrey(raster, file);
      colours = false;
    }
    int[] labels = new int[raster.getWidth() * raster.getHeight()];
    int shift = raster.getSampleModel().getSampleSize(0) == 16 ? 8 : 0;
    int[] pixel = new int[raster.getNumBands()];
    for (int i = 0; i < labels.length; i++) {
      int x = i % raster.getWidth();
      int y = i / raster.getWidth();
      raster.getPixel(x, y, pixel);
      int rgb = colours ? pixel[0] >> shift << 16 | pixel[1] >> shift << 8 | pixel[2] >> shift : 0;
      int label = colours ? classes.ofColour(rgb) : classes.ofValue(pixel[0]);
      if (label < 0 && !colours && ignored != null && pixel[0] == ignored) {
        labels[i] = sets ? -1 : ignored;
        continue;
      }
      if (label < 0) {
        throw colours
            ? new DatasetException(
                String.format(
                    Locale.ROOT,
                    "The mask %s has the colour #%06x at row %d, column %d, which is no class's.", file, rgb,
                    y, x))
            : new DatasetException(
                "The mask " + file + " has the value " + pixel[0] + " at row " + y + ", column " + x
                    + ", but values of classes are " + classes.valuesText()
                    + (classes.size() > 12 ? " and more" : "") + ".");
      }
      labels[i] = !sets ? label : colours ? 1 << label >>> 1 : classes.setOfValue(pixel[0]);
    }
    return new Mask(raster.getHeight(), raster.getWidth(), labels);
  }

  /**
   * Where a mask of one class is not 0: 1 there, else 0, and −1 where it has the number that counts nowhere.
   *
   * @throws DatasetException with a sentence, if it cannot be read
   */
  static Mask inside(Path file, @Nullable Integer ignored) throws IOException {
    Raster raster = decode(file);
    int width = raster.getWidth();
    int height = raster.getHeight();
    int[] labels = raster.getSamples(0, 0, width, height, 0, new int[width * height]);
    if (raster.getNumBands() >= 3) {
      // Whatever colour a class is painted in; the fourth says where there is any.
      for (int band = 1; band < 3; band++) {
        int[] more = raster.getSamples(0, 0, width, height, band, new int[width * height]);
        Arrays.setAll(labels, i -> Math.max(labels[i], more[i]));
      }
    }
    for (int i = 0; i < labels.length; i++) {
      labels[i] = ignored != null && labels[i] == ignored ? -1 : labels[i] != 0 ? 1 : 0;
    }
    return new Mask(height, width, labels);
  }

  /** What is saved with colours may have none, so that its levels are numbers all the same. */
  private static void requireGrey(Raster raster, Path file) throws DatasetException {
    int[] pixel = new int[raster.getNumBands()];
    for (int i = 0; i < raster.getWidth() * raster.getHeight(); i++) {
      raster.getPixel(i % raster.getWidth(), i / raster.getWidth(), pixel);
      if (pixel[0] != pixel[1] || pixel[1] != pixel[2]) {
        throw new DatasetException(
            "The mask " + file + " has colours, but no colour is given for any class. Give a table of classes"
                + " with colours, or save it with class numbers (grey or palette).");
      }
    }
  }

  /**
   * The numbers in a mask, whatever they stand for.
   *
   * @throws DatasetException with a sentence, if it has colours or cannot be read
   */
  static Mask numbers(Path file) throws IOException {
    Raster raster = decode(file);
    if (raster.getNumBands() >= 3) {
      requireGrey(raster, file);
    }
    int width = raster.getWidth();
    int height = raster.getHeight();
    return new Mask(height, width, raster.getSamples(0, 0, width, height, 0, new int[width * height]));
  }

  /**
   * Adds the numbers in a mask to those that were found.
   *
   * @throws DatasetException with a sentence, if it has colours or cannot be read
   */
  static void addValues(Path file, BitSet found) throws IOException {
    for (int value : numbers(file).labels()) {
      found.set(value);
    }
  }

  /**
   * Objects, each of which has a mask of its own: what is not 0 in it is the object. The first has the number
   * 1; where two overlap, the pixel is the first one's.
   *
   * @param files of one size
   * @throws DatasetException with a sentence, if one cannot be read, is empty or has another size
   */
  public static Mask objects(List<Path> files) throws IOException {
    Mask objects = null;
    for (int number = 1; number <= files.size(); number++) {
      Path file = files.get(number - 1);
      Raster raster = decode(file);
      if (objects == null) {
        objects =
            new Mask(
                raster.getHeight(), raster.getWidth(), new int[raster.getHeight() * raster.getWidth()]);
      }
      if (raster.getHeight() != objects.height() || raster.getWidth() != objects.width()) {
        throw new DatasetException(
            "The mask " + file + " is " + raster.getWidth() + "x" + raster.getHeight() + " pixels large, but "
                + files.get(0) + " is " + objects.width() + "x" + objects.height() + ".");
      }
      boolean empty = true;
      for (int i = 0; i < objects.labels().length; i++) {
        // Of colours one is enough: an object is white.
        boolean inside = raster.getSample(i % objects.width(), i / objects.width(), 0) != 0;
        empty &= !inside;
        if (inside && objects.labels()[i] == 0) {
          objects.labels()[i] = number;
        }
      }
      if (empty) {
        throw new DatasetException("The mask " + file + " of an object is empty: all of it is 0.");
      }
    }
    if (objects == null) {
      throw new DatasetException("There is no mask of any object, so no size of the picture.");
    }
    return objects;
  }

  private static Raster decode(Path file) throws IOException {
    String name = "The mask " + file;
    byte[] bytes;
    try {
      FileBounds.requireNoFolder(name, RegularFile.require(file));
      FileBounds.check(name, Files.size(file), 1, Files.size(file), false);
      bytes = Files.readAllBytes(file);
    } catch (NotRegularFileException e) {
      throw new DatasetException(name + " " + e.clause() + ".", e);
    } catch (NoSuchFileException e) {
      throw new DatasetException(name + " does not exist. Check the path.", e);
    }
    if (bytes.length > 2 && (bytes[0] & 255) == 0xFF && (bytes[1] & 255) == 0xD8) {
      throw new DatasetException(
          name + " is a JPEG, whose compression changes numbers of classes near edges. Save masks as PNG.");
    }
    if (bytes.length < 33 || ByteBuffer.wrap(bytes).getLong() != SIGNATURE) {
      throw new DatasetException(name + " is no PNG file. Save masks as PNG.");
    }
    ByteBuffer header = ByteBuffer.wrap(bytes);
    long width = header.getInt(16);
    long height = header.getInt(20);
    if (width < 1 || height < 1) {
      throw new DatasetException(
          name + " is " + width + "x" + height + " pixels large; the file is damaged.");
    }
    // A row of single bits takes an eighth of a byte a pixel.
    FileBounds.check(name, width * height, 1, 8L * bytes.length, true);
    ImageReader reader = ImageIO.getImageReadersByFormatName("png").next();
    try (MemoryCacheImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes))) {
      reader.setInput(in, true, true);
      return reader.read(0).getRaster();
    } catch (IOException | RuntimeException | OutOfMemoryError e) {
      String detail = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
      throw new DatasetException(
          name + " is damaged or cut off (" + detail.lines().findFirst().orElse("") + ").", e);
    } finally {
      reader.dispose();
    }
  }

  /**
   * Writes where pixels have a class as a PNG: 255 there, 0 elsewhere.
   *
   * @param inside row by row
   */
  public static void writeInside(Path file, int height, int width, boolean[] inside) throws IOException {
    if (inside.length != height * width) {
      throw new IllegalArgumentException(
          inside.length + " answers are no mask of " + width + "x" + height + " pixels");
    }
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_BYTE_GRAY);
    int[] levels = new int[inside.length];
    for (int i = 0; i < levels.length; i++) {
      levels[i] = inside[i] ? 255 : 0;
    }
    image.getRaster().setSamples(0, 0, width, height, 0, levels);
    write(file, image);
  }

  private static void write(Path file, BufferedImage image) throws IOException {
    AtomicFile.write(file, out -> {
      if (!ImageIO.write(image, "png", out)) {
        throw new IOException("this Java writes no PNG");
      }
    });
  }

  /**
   * Writes class numbers as a PNG with the classes' colours for a palette, or, of more than 256 classes, as
   * 16-bit grey. The numbers are those of the classes, not the values that stand for them in masks.
   *
   * @param labels class numbers, row by row
   */
  public static void write(Path file, int height, int width, int[] labels, ClassTable classes)
      throws IOException {
    if (labels.length != height * width) {
      throw new IllegalArgumentException(
          labels.length + " numbers are no mask of " + width + "x" + height + " pixels");
    }
    for (int label : labels) {
      if (label < 0 || label >= classes.size()) {
        throw new IllegalArgumentException(
            "the class " + label + " is none of 0 to " + (classes.size() - 1));
      }
    }
    BufferedImage image;
    if (classes.size() <= 256) {
      byte[][] colours = new byte[3][classes.size()];
      for (int i = 0; i < classes.size(); i++) {
        for (int band = 0; band < 3; band++) {
          colours[band][i] = (byte) (classes.colour(i) >> 16 - 8 * band);
        }
      }
      IndexColorModel palette =
          new IndexColorModel(8, classes.size(), colours[0], colours[1], colours[2]);
      image = new BufferedImage(width, height, BufferedImage.TYPE_BYTE_INDEXED, palette);
    } else {
      image = new BufferedImage(width, height, BufferedImage.TYPE_USHORT_GRAY);
    }
    WritableRaster raster = image.getRaster();
    raster.setSamples(0, 0, width, height, 0, labels);
    write(file, image);
  }
}
