package org.swinengine.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.launch.LauncherRun;

/** A run that was killed, stopped, or met a full disk ends as if nothing had happened, once it is resumed. */
@Tag("launcher")
class InterruptedRunIT {
  private static final String[] LONG = {"--epochs", "40", "--save-every", "4", "steps"};

  @TempDir static Path temporary;
  private static TinyWorld world;
  private static Jar jar;

  @BeforeAll
  static void trainWithoutInterruption() throws Exception {
    world = new TinyWorld(temporary);
    jar = new Jar(temporary);
    jar.run(world.train("whole", LONG)).succeeded();
  }

  @Test
  void theLauncherIsKilled() throws Exception {
    LauncherRun run = startAndAwaitEpochs("parent-killed", 3);
    ProcessHandle engine = engineOf(run);
    run.process().destroyForcibly();
    run.process().waitFor();
    LauncherRun.await("the engine has ended", () -> !LauncherRun.isRunning(engine.pid()));
    resumeAndCompare("parent-killed");
  }

  @Test
  void theEngineIsKilled() throws Exception {
    LauncherRun run = startAndAwaitEpochs("child-killed", 9);
    engineOf(run).destroyForcibly();
    assertNotEquals(0, run.exitCode());
    resumeAndCompare("child-killed");
  }

  @Test
  void itIsAskedToStop() throws Exception {
    LauncherRun run = startAndAwaitEpochs("stopped", 5);
    LauncherRun.signal("TERM", run.process().pid());
    String output = run.rest();
    assertEquals(128 + 15, run.exitCode(), run::errors);
    assertTrue(output.contains("--resume"), output);
    assertTrue(run.errors().contains("saving a checkpoint"), run::errors);
    resumeAndCompare("stopped");
  }

  @Test
  void theDiskIsFull() throws Exception {
    LauncherRun run = startAndAwaitEpochs("full", 2);
    engineOf(run).destroyForcibly();
    run.exitCode();
    Path folder = world.run("full");
    byte[] last = Files.readAllBytes(folder.resolve("last.safetensors"));
    byte[] best = Files.readAllBytes(folder.resolve("best.safetensors"));
    // No file may grow beyond 16 KiB: the system's answer to more is an error, as on a full disk.
    new Jar(temporary)
        .prefix("bash", "-c", "ulimit -f 16; exec \"$@\"", "limited")
        .run("train", "--resume", "--tag", "full")
        .failedWith(1, "last.safetensors");
    assertArrayEquals(last, Files.readAllBytes(folder.resolve("last.safetensors")));
    assertArrayEquals(best, Files.readAllBytes(folder.resolve("best.safetensors")));
    List<Path> leftOver =
        TinyWorld.files(folder).stream().filter(file -> file.toString().endsWith(".tmp")).toList();
    assertEquals(List.of(), leftOver);
    resumeAndCompare("full");
  }

  private static LauncherRun startAndAwaitEpochs(String tag, int epochs) throws Exception {
    LauncherRun run = jar.start(world.train(tag, LONG));
    LauncherRun.await(
        "epoch " + epochs + " is done",
        () -> epochsOf(tag).size() >= epochs || !run.process().isAlive());
    assertTrue(run.process().isAlive(), run::errors);
    return run;
  }

  private static List<String> epochsOf(String tag) {
    Path metrics = world.run(tag).resolve("metrics.jsonl");
    try {
      return Files.exists(metrics) ? Files.readAllLines(metrics) : List.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static ProcessHandle engineOf(LauncherRun run) {
    return run.process().children().findFirst().orElseThrow();
  }

  private static void resumeAndCompare(String tag) throws Exception {
    assertTrue(epochsOf(tag).size() < 40, "the run was over before it was interrupted");
    jar.run("train", "--resume", "--tag", tag).succeeded();
    for (String file : List.of("last.safetensors", "best.safetensors")) {
      byte[] whole = Files.readAllBytes(world.run("whole").resolve(file));
      assertArrayEquals(whole, Files.readAllBytes(world.run(tag).resolve(file)), file);
    }
    assertEquals(withoutTimes(epochsOf("whole")), withoutTimes(epochsOf(tag)));
  }

  private static List<String> withoutTimes(List<String> metrics) {
    return metrics.stream()
        .map(line -> line.replaceAll("\"(images_per_second|seconds)\":[0-9.eE+-]+,?", ""))
        .toList();
  }
}
