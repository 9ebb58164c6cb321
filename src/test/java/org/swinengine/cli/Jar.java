package org.swinengine.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.swinengine.backend.cuda.CudaBackendsForTests;
import org.swinengine.launch.LauncherRun;

/** Runs the packaged jar as a user does. */
final class Jar {
  static final Path FILE = Path.of(System.getProperty("swin.jar")).normalize();

  /** Short work on tiny models is over before the vector kernels and the second compiler would pay. */
  private static final List<String> QUICK =
      List.of("-Dswin.simd=off", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-Xmx512m");

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path temporary;
  private Path java = LauncherRun.javas().get(0);
  private List<String> options = QUICK;
  private List<String> prefix = List.of();
  private final Map<String, String> environment = new LinkedHashMap<>();

  /**
   * @param temporary a test's folder; commands run in it
   */
  Jar(Path temporary) {
    this.temporary = temporary;
    // Without a device named, commands take the processor, on machines with a GPU as well.
    environment.put("CUDA_VISIBLE_DEVICES", "");
  }

  /** On a machine whose one GPU is the emulated one; skips the test where the emulator cannot be built. */
  Jar emulatedGpu() {
    return driver(CudaBackendsForTests.emulator());
  }

  /** With another library in the place of NVIDIA's driver. */
  Jar driver(Path library) {
    return option("-Dswin.cuda.driver=" + library);
  }

  /** With one more option of {@code java}. */
  Jar option(String word) {
    List<String> more = new ArrayList<>(options);
    more.add(word);
    options = more;
    return this;
  }

  /**
   * With vectors, and sixteen registers for them where the processor has AVX-512 and thirty-two. On other
   * processors this is what {@code simd("auto")} is.
   */
  Jar sixteenRegisters() {
    return simd("auto").option("-XX:+IgnoreUnrecognizedVMOptions").option("-XX:UseAVX=2");
  }

  /** With a variable in its environment. */
  Jar environment(String name, String value) {
    environment.put(name, value);
    return this;
  }

  /** Another JDK's {@code java}. */
  Jar java(Path command) {
    java = command;
    return this;
  }

  /** Sets the width of the vectors, {@code off} for none; with both compilers, as vectors need them. */
  Jar simd(String width) {
    options = List.of("-Dswin.simd=" + width, "-XX:-UsePerfData", "-Xmx512m");
    return this;
  }

  /** With the launcher's own choice of options: vectors, both compilers. */
  Jar asUsersStartIt() {
    options = List.of();
    return this;
  }

  /** Words before {@code java}. */
  Jar prefix(String... words) {
    prefix = List.of(words);
    return this;
  }

  LauncherRun start(String... arguments) throws IOException {
    LauncherRun run = new LauncherRun(java, FILE, temporary);
    environment.forEach(run::environment);
    return run.prefix(prefix.toArray(new String[0]))
        .options(options.toArray(new String[0]))
        .folder(temporary)
        .start(arguments);
  }

  /** Runs a command to its end. */
  Result run(String... arguments) throws IOException, InterruptedException {
    LauncherRun run = start(arguments);
    String output = run.rest();
    return new Result(run.exitCode(), output, run.errors());
  }

  /**
   * How a command ended.
   *
   * @param errors the error output
   */
  record Result(int exitCode, String output, String errors) {
    /** It went well. */
    Result succeeded() {
      assertEquals(0, exitCode, this::toString);
      return this;
    }

    /** It failed with exactly one sentence, which has these parts. */
    Result failedWith(int expectedCode, String... parts) {
      assertEquals(expectedCode, exitCode, this::toString);
      List<String> lines = errorLines();
      assertEquals(1, lines.size(), this::toString);
      assertTrue(lines.get(0).startsWith("swin-engine: "), this::toString);
      for (String part : parts) {
        assertTrue(lines.get(0).contains(part), () -> "no \"" + part + "\" in " + this);
      }
      assertFalse(errors.contains("\tat "), this::toString);
      assertFalse(output.contains("\tat "), this::toString);
      return this;
    }

    /** The error output without what the JVM says about the Vector API, and the emulator about failures. */
    List<String> errorLines() {
      List<String> lines = new ArrayList<>(errors.lines().toList());
      lines.removeIf(line -> line.startsWith("WARNING: Using incubator modules"));
      lines.removeIf(line -> line.startsWith("CUDA emulator: "));
      return lines;
    }

    /** The last line of the output. */
    JsonNode json() throws IOException {
      List<String> lines = output.lines().toList();
      return JSON.readTree(lines.get(lines.size() - 1));
    }
  }
}
