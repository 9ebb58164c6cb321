package org.swinengine.data.segmentation;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/** The series that series.py made, as folders. */
public final class DicomWorld {
  static final Path FILES = Path.of("src/test/resources/org/swinengine/data/segmentation");

  private DicomWorld() {}

  /** Writes the files of a series. */
  public static Path unpack(String name, Path folder) throws IOException {
    try (InputStream in = Files.newInputStream(FILES.resolve("series").resolve(name + ".zip"));
        ZipInputStream zip = new ZipInputStream(in)) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        Path file = folder.resolve(entry.getName());
        Files.createDirectories(file.getParent());
        Files.write(file, zip.readAllBytes());
      }
    }
    return folder;
  }
}
