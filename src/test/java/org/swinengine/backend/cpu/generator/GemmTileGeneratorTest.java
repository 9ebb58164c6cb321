package org.swinengine.backend.cpu.generator;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class GemmTileGeneratorTest {
  @Test
  void checkedInFileIsWhatTheGeneratorWrites() throws IOException {
    Path file = Path.of("src/main/java/org/swinengine/backend/cpu/VectorGemmTiles.java");
    assertEquals(GemmTileGenerator.generate(), Files.readString(file));
  }
}
