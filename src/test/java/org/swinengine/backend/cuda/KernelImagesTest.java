package org.swinengine.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The compiled kernels that a build without nvcc gets belong to the sources. */
final class KernelImagesTest {
  private static final Path PROGRAM = CheckedInKernels.SOURCES.resolve("CompileKernels.java");
  private static final Pattern PTX_VERSION = Pattern.compile("(?m)^\\.version (\\d+)\\.(\\d+)$");

  /** The PTX version of drivers from 525 on, which still serve in clusters: ten times the number. */
  private static final int NEWEST_PTX = 80;

  @Test
  void checkedInPtxBelongsToTheSources() throws Exception {
    Output check = check(Path.of(""));
    assertEquals(0, check.exit(), check.text());
  }

  @Test
  void aChangedHeaderMakesPtxStaleAndTheMessageSaysWhatToDo(@TempDir Path copy) throws Exception {
    copyTo(copy);
    assertEquals(0, check(copy).exit());
    append(copy.resolve(CheckedInKernels.SOURCES).resolve("gelu.cuh"), "\n// changed\n");
    Output check = check(copy);
    assertEquals(1, check.exit());
    assertTrue(check.text().contains("pointwise"), check.text()); // which includes it
    assertTrue(!check.text().contains("memory"), check.text()); // which does not
    assertTrue(check.text().contains("CompileKernels.java renew"), check.text());
  }

  @Test
  void ptxOfAnotherBuildIsStale(@TempDir Path copy) throws Exception {
    copyTo(copy);
    Path ptx = copy.resolve(CheckedInKernels.PTX);
    Files.copy(ptx.resolve("window.ptx.gz"), ptx.resolve("unknown.ptx.gz"));
    Files.delete(ptx.resolve("patch.ptx.gz"));
    Files.copy(ptx.resolve("window.ptx.gz"), ptx.resolve("patch.ptx.gz"));
    Output check = check(copy);
    assertEquals(1, check.exit());
    assertTrue(check.text().contains("patch, unknown.ptx.gz (there is no such source)"), check.text());
  }

  @Test
  void driversOfTheLastYearsReadThePtx() throws IOException {
    for (String family : CheckedInKernels.families()) {
      Matcher version = PTX_VERSION.matcher(CheckedInKernels.ptx(family));
      assertTrue(version.find(), family);
      int number = 10 * Integer.parseInt(version.group(1)) + Integer.parseInt(version.group(2));
      assertTrue(number <= NEWEST_PTX, () -> family + " is PTX " + version.group());
    }
  }

  @Test
  void theClassPathHoldsEveryFamily() throws IOException {
    for (String family : CheckedInKernels.families()) {
      assertNotNull(KernelImages.class.getResource("kernels/" + family + ".ptx.gz"), family);
    }
  }

  private record Output(int exit, String text) {}

  /** Runs the check in a repository. */
  private static Output check(Path root) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                PROGRAM.toAbsolutePath().toString(),
                "check")
            .directory(root.toAbsolutePath().toFile())
            .redirectErrorStream(true)
            .start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Output(process.waitFor(), text);
  }

  private static void copyTo(Path root) throws IOException {
    for (Path folder : new Path[] {CheckedInKernels.SOURCES, CheckedInKernels.PTX}) {
      Files.createDirectories(root.resolve(folder));
      try (Stream<Path> files = Files.list(folder)) {
        for (Path file : files.toList()) {
          Files.copy(file, root.resolve(file));
        }
      }
    }
  }

  private static void append(Path file, String text) throws IOException {
    Files.writeString(file, text, StandardOpenOption.APPEND);
  }
}
