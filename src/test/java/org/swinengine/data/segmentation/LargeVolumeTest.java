package org.swinengine.data.segmentation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhdf.HdfFile;
import io.jhdf.WritableHdfFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.data.DatasetException;

/** Volumes in HDF5 that memory has no room for, read by a virtual machine with little of it. */
class LargeVolumeTest {
  private static final String HEAP = "-Xmx64m";

  /** As floats they need 27 MiB, less than half of the heap, so that they are not refused before. */
  private static final int SLICES = 27;
  private static final int SIDE = 512;

  @TempDir
  private Path folder;

  /** The other virtual machine's: the sentence, or what was read. */
  static final class Reader {
    private Reader() {}

    public static void main(String[] words) throws IOException {
      try {
        System.out.println("read " + SynapseFiles.read(Path.of(words[0]), 9).image().length);
      } catch (DatasetException e) {
        System.out.println("refused: " + e.getMessage());
      }
    }
  }

  private String saidOf(Path file) throws IOException, InterruptedException {
    Path said = folder.resolve("said.txt");
    Process reader =
        new ProcessBuilder(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), HEAP, "-XX:+UseSerialGC",
                "-cp", System.getProperty("java.class.path"), Reader.class.getName(), file.toString()))
            .redirectErrorStream(true).redirectOutput(said.toFile()).start();
    try {
      assertTrue(reader.waitFor(60, TimeUnit.SECONDS), "the reader does not end");
    } finally {
      reader.destroyForcibly();
    }
    String text = Files.readString(said, StandardCharsets.UTF_8);
    assertEquals(0, reader.exitValue(), text);
    return text;
  }

  private Path volume(int slices) {
    Path file = folder.resolve(slices + ".npy.h5");
    try (WritableHdfFile written = HdfFile.write(file)) {
      written.putDataset("image", new byte[slices][SIDE][SIDE]);
      written.putDataset("label", new byte[slices][SIDE][SIDE]);
    }
    return file;
  }

  @Test
  void whatHasNoRoomBesideEverythingElseIsNotCalledDamaged() throws Exception {
    String said = saidOf(volume(SLICES));
    assertTrue(said.contains("refused: The HDF5 file "), said);
    assertTrue(said.contains("needs more memory than there is beside everything else; -Xmx gives more."),
        said);
  }

  @Test
  void aSmallOneIsRead() throws Exception {
    String said = saidOf(volume(2));
    assertTrue(said.contains("read " + 2 * SIDE * SIDE), said);
  }
}
