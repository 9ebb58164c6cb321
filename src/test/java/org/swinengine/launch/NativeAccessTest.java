package org.swinengine.launch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;

/**
 * A program that uses the engine as a library has no launcher that allows native access. Where there is no
 * GPU it needs none: newer JDKs have nothing to warn of.
 */
@Tag("launcher")
class NativeAccessTest {
  /** The program. */
  public static void main(String[] arguments) {
    try (Backend backend = Backends.open("auto", 1)) {
      System.out.println(backend.name());
    }
  }

  static Stream<Jdk> jdks() {
    return LauncherRun.jdks();
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void openingABackendWithoutAGpuLoadsNothingNative(Jdk jdk, @TempDir Path temporary) throws Exception {
    String absence = Backends.cuda().absence();
    assumeTrue(absence != null && absence.startsWith("there is no NVIDIA driver"), "there is a driver");
    Path errors = temporary.resolve("errors");
    ProcessBuilder program =
        new ProcessBuilder(
            jdk.java().toString(), "--add-modules", "jdk.incubator.vector", "-cp",
            System.getProperty("java.class.path"),
            NativeAccessTest.class.getName());
    program.environment().keySet().removeIf(name -> name.endsWith("JAVA_OPTIONS"));
    assertEquals("cpu", output(program.redirectError(errors.toFile())));
    String said = Files.readString(errors);
    assertFalse(said.contains("restricted method") || said.contains("native"), said);
  }

  private static String output(ProcessBuilder program) throws IOException, InterruptedException {
    Process process = program.start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    process.waitFor();
    return text;
  }
}
