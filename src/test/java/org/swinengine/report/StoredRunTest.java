package org.swinengine.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class StoredRunTest {
  @TempDir
  Path runs;

  private Path stored(RunResults run) throws IOException {
    Path folder = Files.createDirectories(runs.resolve(run.name()));
    Files.writeString(folder.resolve("config.yaml"), run.configuration());
    StringBuilder lines = new StringBuilder();
    run.history().forEach(epoch -> lines.append(epoch.toJson()).append('\n'));
    Files.writeString(folder.resolve("metrics.jsonl"), lines);
    StoredRun.write(folder, run);
    return folder;
  }

  @Test
  void aRunThatIsReadHasThePageOfTheRunThatWasWritten() throws Exception {
    RunResults run = Demo.run("flowers", 200, 12, 0.2);
    Path folder = stored(run);
    assertEquals(Report.html(run), Report.html(StoredRun.read(folder)));
    assertEquals(List.of(folder), StoredRun.in(runs));
  }

  @Test
  void aRunThatWasKilledHasItsCurves() throws Exception {
    Path folder = stored(Demo.run("killed", 60, 3, 0.2));
    Files.delete(folder.resolve("results.json"));
    RunResults read = StoredRun.read(folder);
    assertEquals(30, read.history().size());
    assertEquals(30, read.bestEpoch());
    assertTrue(Report.html(read).contains("left no results"));
    assertEquals(read.bestTop1() / 100, RunComparison.figure(read, "accuracy").value());
    assertTrue(Double.isNaN(RunComparison.figure(read, "auc").value()));
  }

  private static String failure(Path folder) {
    return assertThrows(IOException.class, () -> StoredRun.read(folder)).getMessage();
  }

  @Test
  void whatIsNoRunOrDamagedIsSaid() throws Exception {
    assertTrue(failure(runs).contains("is not the folder of a training run"), failure(runs));
    Path folder = stored(Demo.run("cut", 60, 3, 0.2));
    String results = Files.readString(folder.resolve("results.json"));
    Files.writeString(folder.resolve("results.json"), results.substring(0, results.length() / 2));
    assertTrue(failure(folder).contains("results.json cannot be read"), failure(folder));
    Files.writeString(folder.resolve("results.json"), "[]");
    assertTrue(failure(folder).contains("results.json cannot be read"), failure(folder));
    Files.writeString(folder.resolve("metrics.jsonl"), "{\"epoch\":1}\n");
    assertTrue(failure(folder).contains("line 1, is no line of metrics"), failure(folder));
    IOException e = assertThrows(IOException.class, () -> StoredRun.in(runs.resolve("none")));
    assertTrue(e.getMessage().contains("`output`"), e.getMessage());
  }

  @Test
  void settingsAreReadByTheirPath() {
    String text = "DATA:\n  IMG_SIZE: 28\nMODEL:\n  SWIN:\n    DEPTHS: [2, 2]\n  NAME: a:b\nRUN:\n  X: 1\n";
    assertEquals(
        Map.of("DATA.IMG_SIZE", "28", "MODEL.SWIN.DEPTHS", "[2, 2]", "MODEL.NAME", "a:b", "RUN.X", "1"),
        RunComparison.settings(text));
  }

  @Test
  void runsOnOtherImagesAreNotComparedInSilence() throws Exception {
    RunResults one = Demo.run("one", 60, 3, 0.2);
    RunResults other =
        new RunResults(
            "other", one.data(), one.about(), Map.of("fingerprint of validation data", "f"), null,
            one.history(), 28, 88, null, one.evaluation(), List.of(), null, one.configuration());
    assertTrue(RunComparison.isFair(List.of(one, one)));
    assertTrue(!RunComparison.isFair(List.of(one, other)));
    assertTrue(RunComparison.html(List.of(one, other)).contains("not measured on the same images"));
  }
}
