package org.swinengine.data.segmentation;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import org.swinengine.data.DatasetException;
import org.swinengine.data.DicomJpeg;
import org.swinengine.data.ImageFiles;
import org.swinengine.data.dicom.DicomImage;
import org.swinengine.data.dicom.GreyValues;
import org.swinengine.weights.NotRegularFileException;
import org.swinengine.weights.RegularFile;

/** A DICOM file's pictures as values of their modality, such as Hounsfield units. */
final class DicomFile {
  private static final int PREAMBLE = 128;

  private final Path file;
  private final DicomImage image;
  private final long bytes;

  private DicomFile(Path file, DicomImage image, long bytes) {
    this.file = file;
    this.image = image;
    this.bytes = bytes;
  }

  /**
   * Reads a file.
   *
   * @throws DatasetException with a sentence that names it, if it cannot be used
   */
  static DicomFile read(Path file) throws IOException {
    try {
      FileBounds.requireNoFolder("The DICOM file " + file, RegularFile.require(file));
      long most = Runtime.getRuntime().maxMemory() / 4;
      long size = Files.size(file);
      if (size > most) {
        throw new DatasetException(
            "The DICOM file " + file + " has " + (size >> 20) + " MB, more than a quarter of the heap; -Xmx"
                + " gives more.");
      }
      byte[] bytes = Files.readAllBytes(file);
      if (!DicomImage.isDicom(bytes)) {
        throw new DatasetException("The file " + file + " is no DICOM file; take it out of the series.");
      }
      return new DicomFile(file, of(file, () -> DicomImage.of(bytes, most)), size);
    } catch (NotRegularFileException e) {
      throw new DatasetException("The DICOM file " + file + " " + e.clause() + ".", e);
    } catch (NoSuchFileException e) {
      throw new DatasetException("The DICOM file " + file + " does not exist. Check the path.", e);
    }
  }

  /** A computation whose exceptions lack the file's name. */
  interface Step<T> {
    T run() throws IOException;
  }

  static <T> T of(Path file, Step<T> step) throws IOException {
    try {
      return step.run();
    } catch (DatasetException e) {
      throw e;
    } catch (IOException e) {
      throw new DatasetException("The DICOM file " + file + " " + e.getMessage() + ".", e);
    }
  }

  /** Whether a file in a folder is DICOM, by its ending or else by how it begins. */
  static boolean isDicom(Path file) throws IOException {
    String name = String.valueOf(file.getFileName());
    if (!Files.isRegularFile(file) || ImageFiles.isLitter(name) || name.equals("DICOMDIR")) {
      return false;
    }
    String small = name.toLowerCase(Locale.ROOT);
    if (small.endsWith(".dcm") || small.endsWith(".dicom") || small.endsWith(".ima")) {
      return true;
    }
    if (ImageFiles.isImageName(name)) {
      return false;
    }
    try (var in = Files.newInputStream(file)) {
      byte[] start = in.readNBytes(PREAMBLE + 4);
      return start.length == PREAMBLE + 4
          && new String(start, PREAMBLE, 4, StandardCharsets.US_ASCII).equals("DICM");
    }
  }

  /** The file's elements. */
  DicomImage image() {
    return image;
  }

  /**
   * The values of a picture, row by row.
   *
   * @throws DatasetException with a sentence that names the file
   */
  void values(int frame, float[] into, int at) throws IOException {
    if (image.isColour()) {
      throw new DatasetException(
          "The DICOM file " + file + " is a colour picture, of which no volume is made; take it out of the"
              + " series.");
    }
    long pixels = (long) image.rows() * image.columns();
    FileBounds.check("The DICOM file " + file, pixels, 1, bytes, true);
    of(file, () -> {
      GreyValues grey = image.grey(frame);
      int[] samples = image.samples(frame, DicomJpeg::decode);
      for (int i = 0; i < samples.length; i++) {
        into[at + i] = (float) grey.value(samples[i]);
      }
      return image;
    });
  }
}
