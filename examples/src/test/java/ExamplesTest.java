import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for every example; a test of its own, named after it, runs it. */
class ExamplesTest {
  private static final int FEWER_LINES_THAN = 40;

  @TempDir
  Path scratch;

  static List<String> names() throws IOException {
    return Example.names();
  }

  @ParameterizedTest
  @MethodSource("names")
  void isShort(String name) throws IOException {
    int lines = Files.readAllLines(Example.SOURCES.resolve(name + ".java")).size();
    assertTrue(lines < FEWER_LINES_THAN, name + " has " + lines + " lines");
  }

  @ParameterizedTest
  @MethodSource("names")
  void isRunByATest(String name) {
    assertDoesNotThrow(() -> Class.forName(name + "Test"), name + " needs a test that calls Example.run");
  }

  @ParameterizedTest
  @MethodSource("names")
  void compilesWithWhatIsExported(String name) throws Exception {
    Example.named(name, scratch).compile();
  }

  /** The module path hides what is internal: otherwise the test above would hold of anything. */
  @Test
  void internalPackagesAreHidden() {
    AssertionError error =
        assertThrows(
            AssertionError.class, () -> Example.at(uses("backend.cpu.CpuBackend"), scratch).compile());
    assertTrue(error.getMessage().contains("does not export"), error.getMessage());
  }

  @Test
  void whatReadsWeightsHasNoEngine() throws Exception {
    Example.at(uses("weights.StateDict"), scratch).compile();
  }

  private Path uses(String type) throws IOException {
    String source = "final class Uses { org.swinengine." + type + " it; }";
    return Files.writeString(scratch.resolve("Uses.java"), source);
  }
}
