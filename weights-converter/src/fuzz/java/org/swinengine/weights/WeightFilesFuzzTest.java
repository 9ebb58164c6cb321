package org.swinengine.weights;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Files that Jazzer finds by the branches they take; see CONTRIBUTING.md for the command. A finding is kept
 * as a test of its own, beside MutationTest.
 */
class WeightFilesFuzzTest {
  @TempDir
  static Path folder;

  static Stream<Arguments> files() {
    return Stream.of("zip", "legacy", "safetensors", "npy", "npz")
        .map(format -> Arguments.of((Object) FuzzSeeds.of(format, folder)));
  }

  static Stream<Arguments> pickles() {
    return Stream.of(Arguments.of((Object) FuzzSeeds.pickle()));
  }

  @MethodSource("files")
  @FuzzTest(maxDuration = "60s")
  void anyFile(byte[] bytes) throws IOException {
    read(bytes);
  }

  /** The pickle alone, in a sound archive: what is in it is reached much sooner. */
  @MethodSource("pickles")
  @FuzzTest(maxDuration = "60s")
  void anyPickle(byte[] pickle) throws IOException {
    read(FuzzSeeds.zip(pickle));
  }

  private static void read(byte[] bytes) throws IOException {
    Path file = Files.createTempFile(folder, "fuzz", ".pth");
    try {
      Files.write(file, bytes);
      try {
        Cost.readsOrRefuses(file, bytes.length);
      } catch (AssertionError e) {
        // Jazzer instruments a class when it is first used, which counts as ours; a true finding comes twice.
        Cost.readsOrRefuses(file, bytes.length);
      }
    } finally {
      Files.delete(file);
    }
  }
}
