package org.swinengine.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class KernelFamiliesTest {
  @Test
  void everySourceFileIsAFamily() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("src/main/cuda"))) {
      List<String> families =
          files
              .map(file -> file.getFileName().toString())
              .filter(name -> name.endsWith(".cu"))
              .map(name -> name.substring(0, name.length() - ".cu".length()))
              .sorted()
              .toList();
      assertEquals(families, KernelImages.FAMILIES);
    }
  }
}
