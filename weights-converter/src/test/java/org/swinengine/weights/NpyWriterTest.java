package org.swinengine.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NpyWriterTest {
  @TempDir
  Path folder;

  /** The bytes are those of the whole array written at once, which are NumPy's. */
  @Test
  void rowByRowIsTheSameFile() throws Exception {
    for (long[] row : new long[][] {{}, {5}, {7, 3, 2000}}) {
      int length = 1;
      for (long axis : row) {
        length *= (int) axis;
      }
      int rows = 12;
      float[] values = new float[rows * length];
      for (int i = 0; i < values.length; i++) {
        values[i] = i * 0.37f - 3;
      }
      long[] shape = new long[row.length + 1];
      shape[0] = rows;
      System.arraycopy(row, 0, shape, 1, row.length);
      Path whole = folder.resolve("whole.npy");
      Path streamed = folder.resolve("streamed.npy");
      Npy.write(whole, ArrayData.ofFloats(shape, values));
      try (NpyWriter writer = NpyWriter.create(streamed, row)) {
        for (int i = 0; i < rows; i++) {
          assertEquals(i, writer.rows());
          writer.add(values, i * length);
        }
        writer.commit();
      }
      assertArrayEquals(Files.readAllBytes(whole), Files.readAllBytes(streamed));
    }
  }

  @Test
  void whatIsNotCommittedLeavesTheOldFile() throws Exception {
    Path target = folder.resolve("x.npy");
    Files.writeString(target, "old");
    try (NpyWriter writer = NpyWriter.create(target, 2)) {
      writer.add(new float[] {1, 2}, 0);
    }
    assertEquals("old", Files.readString(target));
    try (Stream<Path> left = Files.list(folder)) {
      assertEquals(1, left.count());
    }
  }

  @Test
  void aFolderThatIsNotThereIsASentence() {
    String message =
        assertThrows(
            WeightFileException.class, () -> NpyWriter.create(folder.resolve("no/x.npy"), 2)).getMessage();
    assertTrue(message.contains("x.npy") && message.contains("cannot be written"), message);
  }
}
