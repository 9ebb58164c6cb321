package org.swinengine.train.folder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.swinengine.report.EpochMetrics;

final class RunFolderTest {
  @TempDir
  Path output;

  @Test
  void anExistingTagGetsANewNumber() throws IOException {
    for (String expected : List.of("tag", "tag-2", "tag-3")) {
      try (RunFolder folder = RunFolder.create(output.resolve("runs"), "tag")) {
        assertEquals(output.resolve("runs").resolve(expected), folder.path());
      }
    }
  }

  @Test
  void aFolderIsHeldByOneRunAtATime() throws IOException {
    try (RunFolder folder = RunFolder.create(output, "tag")) {
      RunFolderException e = assertThrows(RunFolderException.class, () -> RunFolder.resume(output, "tag"));
      assertTrue(e.getMessage().contains(folder.path() + " is in use by another process"), e.getMessage());
    }
    RunFolder.resume(output, "tag").close();
  }

  /** Holds a run folder until its input ends. */
  static final class Holder {
    private Holder() {}

    public static void main(String[] arguments) throws IOException {
      try (RunFolder folder = RunFolder.resume(Path.of(arguments[0]), arguments[1])) {
        System.out.println("held");
        System.in.read();
      }
    }
  }

  @Test
  void anotherProcessKeepsItToo() throws IOException, InterruptedException {
    RunFolder.create(output, "tag").close();
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    Process holder =
        new ProcessBuilder(
            java, "-cp", System.getProperty("java.class.path"), Holder.class.getName(),
            output.toString(), "tag")
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try {
      assertEquals("held", holder.inputReader().readLine());
      assertThrows(RunFolderException.class, () -> RunFolder.resume(output, "tag"));
    } finally {
      holder.destroyForcibly();
      holder.waitFor(30, TimeUnit.SECONDS);
    }
    // The lock dies with its process, even a killed one.
    RunFolder.resume(output, "tag").close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", ".", "..", "a/b", "/a", "nul\0"})
  void aTagMustBeAName(String tag) {
    RunFolderException e = assertThrows(RunFolderException.class, () -> RunFolder.create(output, tag));
    assertTrue(e.getMessage().contains("cannot be the name of a folder"), e.getMessage());
  }

  @Test
  void anOutputFolderThatIsAFileIsRefused() throws IOException {
    Path file = Files.writeString(output.resolve("file"), "x");
    RunFolderException e = assertThrows(RunFolderException.class, () -> RunFolder.create(file, "tag"));
    assertTrue(e.getMessage().contains("cannot make a run folder in " + file), e.getMessage());
  }

  @Test
  void metricsAreCutBackToACheckpoint() throws IOException {
    try (RunFolder folder = RunFolder.create(output, "tag")) {
      for (int epoch = 1; epoch <= 3; epoch++) {
        folder.appendMetrics(metrics(epoch));
      }
      // What a process leaves that dies while it writes.
      Files.writeString(folder.metrics(), "{\"epoch\":4,", java.nio.file.StandardOpenOption.APPEND);
      assertEquals(List.of(metrics(1), metrics(2)), folder.cutMetrics(2));
      assertEquals(
          metrics(1).toJson() + "\n" + metrics(2).toJson() + "\n", Files.readString(folder.metrics()));
      RunFolderException e = assertThrows(RunFolderException.class, () -> folder.cutMetrics(3));
      assertTrue(e.getMessage().contains("has 2 lines"), e.getMessage());
    }
  }

  private static EpochMetrics metrics(int epoch) {
    return new EpochMetrics(
        epoch, epoch * 10L, 1.0 / epoch, 0.1,
        Map.of("val_top1", 50.0, "val_top5", 90.0, "val_macro_f1", 0.5, "val_auc", 0.7), 1e-3, 2, 100.5, 1.25,
        700);
  }

  @Test
  void aKilledProcessesUnfinishedFilesGoOnResume() throws Exception {
    RunFolder.create(output, "killed").close();
    Path folder = output.resolve("killed");
    Path unfinished = Files.writeString(folder.resolve(".last.safetensors.0123.tmp"), "half");
    Path kept = Files.writeString(folder.resolve("last.safetensors"), "whole");
    RunFolder.resume(output, "killed").close();
    assertFalse(Files.exists(unfinished));
    assertTrue(Files.exists(kept));
  }
}
