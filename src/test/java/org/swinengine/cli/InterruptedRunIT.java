package org.swinengine.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

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

  @TempDir
  static Path temporary;
  private static TinyWorld world;
  private static TrainingRuns runs;
  private static Jar jar;

  @BeforeAll
  static void trainWithoutInterruption() throws Exception {
    world = new TinyWorld(temporary);
    runs = new TrainingRuns(world);
    jar = new Jar(temporary);
    jar.run(world.train("whole", LONG)).succeeded();
  }

  @Test
  void theLauncherIsKilled() throws Exception {
    LauncherRun run = startAndAwaitEpochs("parent-killed", 3);
    ProcessHandle engine = TrainingRuns.engineOf(run);
    run.process().destroyForcibly();
    run.process().waitFor();
    LauncherRun.await("the engine has ended", () -> !LauncherRun.isRunning(engine.pid()));
    resumeAndCompare("parent-killed");
  }

  @Test
  void theEngineIsKilled() throws Exception {
    LauncherRun run = startAndAwaitEpochs("child-killed", 9);
    TrainingRuns.engineOf(run).destroyForcibly();
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
    TrainingRuns.engineOf(run).destroyForcibly();
    run.exitCode();
    Path folder = world.run("full");
    byte[] last = Files.readAllBytes(folder.resolve("last.safetensors"));
    byte[] best = Files.readAllBytes(folder.resolve("best.safetensors"));
    // No file may grow beyond 8 KiB, and both are larger: the system's answer is an error, as on a full disk.
    new Jar(temporary)
        .prefix("bash", "-c", "ulimit -f 8; exec \"$@\"", "limited")
        .run("train", "--resume", "--tag", "full")
        .failedWith(1, ".safetensors");
    assertArrayEquals(last, Files.readAllBytes(folder.resolve("last.safetensors")));
    assertArrayEquals(best, Files.readAllBytes(folder.resolve("best.safetensors")));
    List<Path> leftOver =
        TinyWorld.files(folder).stream().filter(file -> file.toString().endsWith(".tmp")).toList();
    assertEquals(List.of(), leftOver);
    resumeAndCompare("full");
  }

  private static LauncherRun startAndAwaitEpochs(String tag, int epochs) throws Exception {
    return runs.startAndAwaitEpochs(jar, epochs, world.train(tag, LONG));
  }

  private static void resumeAndCompare(String tag) throws Exception {
    assertTrue(runs.epochsOf(tag).size() < 40, "the run was over before it was interrupted");
    jar.run("train", "--resume", "--tag", tag).succeeded();
    runs.assertSameBits("whole", tag);
  }
}
