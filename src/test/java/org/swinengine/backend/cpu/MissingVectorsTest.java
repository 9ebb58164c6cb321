package org.swinengine.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.swinengine.backend.Backends;

/** A program that forgets the Vector API's module is told so, once. */
class MissingVectorsTest {
  /** The program: two backends, of which the first warns. */
  static final class Program {
    public static void main(String[] arguments) {
      Backends.open("cpu", 1).close();
      Backends.open("cpu", 1).close();
    }
  }

  private static List<String> errorsOf(String... flags) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(flags));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Program.class.getName()));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(1, TimeUnit.MINUTES));
    assertEquals(0, process.exitValue(), output);
    return output.lines().filter(line -> line.contains("without the Vector API")).toList();
  }

  @Test
  void oneLineSaysWhichFlagIsMissingAndWhatItCosts() throws Exception {
    List<String> lines = errorsOf();
    assertEquals(1, lines.size(), lines.toString());
    assertTrue(lines.get(0).contains("--add-modules jdk.incubator.vector"), lines.get(0));
    assertTrue(lines.get(0).contains("ten times slower"), lines.get(0));
  }

  @Test
  void whoHasVectorsOrWantsNoneReadsNothing() throws Exception {
    assertEquals(List.of(), errorsOf("--add-modules", "jdk.incubator.vector", "-Dswin.warmup=false"));
    assertEquals(List.of(), errorsOf("-Dswin.simd=off"));
  }
}
