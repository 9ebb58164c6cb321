package org.swinengine.weights;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.function.Executable;

/** Files for tests. */
final class TestFiles {
  private TestFiles() {}

  static Path fixture(String name) {
    try {
      return Path.of(TestFiles.class.getResource("/fixtures/" + name).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  static Path write(Path folder, String name, byte[] bytes) {
    try {
      return Files.write(folder.resolve(name), bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Asserts that the action is refused with a sentence in which {@code part} occurs. */
  static void assertRefused(String part, Executable action) {
    WeightFileException e = assertThrows(WeightFileException.class, action);
    assertTrue(e.getMessage().contains(part), "should speak of \"" + part + "\": " + e.getMessage());
    assertTrue(e.getMessage().endsWith(".") || e.getMessage().endsWith(")."), "no sentence: "
        + e.getMessage());
  }

  /** Reads every array of a state dict, its extras included. */
  static void readAll(StateDict dict) {
    dict.arrays().values().forEach(ArrayData::rawLittleEndian);
    dict.extras().toString();
    dict.extras().hashCode();
  }
}
