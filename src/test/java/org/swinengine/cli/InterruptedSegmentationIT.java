package org.swinengine.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.data.segmentation.MaskWorld;
import org.swinengine.launch.LauncherRun;

/** Folds that learn a class for each pixel, killed in the second and resumed, end with the same bytes. */
@Tag("launcher")
class InterruptedSegmentationIT {
  private static final String[] LONG = {
    "--task", "segment", "--cfg", "unet.yaml", "--data-path", "masks", "--folds", "2", "--epochs", "40",
    "--rotation", "20", "--clean-up", "validation", "--workers", "2", "--save-every", "1", "steps"};

  @TempDir
  static Path temporary;

  @Test
  void theEngineIsKilledInTheSecondFold() throws Exception {
    TinyWorld world = new TinyWorld(temporary);
    TrainingRuns runs = new TrainingRuns(world);
    Jar jar = new Jar(temporary);
    MaskWorld.pairs(temporary.resolve("masks"), 16, 255);
    Files.writeString(
        temporary.resolve("unet.yaml"),
        """
        DATA: {IMG_SIZE: 16}
        MODEL:
          TYPE: swin_unet
          NAME: tiny
          NUM_CLASSES: 2
          DROP_PATH_RATE: 0.1
          SWIN: {PATCH_SIZE: 2, IN_CHANS: 1, EMBED_DIM: 8, DEPTHS: [1, 1], NUM_HEADS: [2, 2], WINDOW_SIZE: 4}
        """);
    jar.run(world.train("whole", LONG)).succeeded();
    LauncherRun run = jar.start(world.train("killed", LONG));
    LauncherRun.await(
        "five epochs of the second fold are done",
        () -> runs.epochsOf("killed/fold-2").size() >= 5 || !run.process().isAlive());
    assertTrue(run.process().isAlive(), run::errors);
    TrainingRuns.engineOf(run).destroyForcibly();
    assertNotEquals(0, run.exitCode());
    assertTrue(runs.epochsOf("killed/fold-2").size() < 40, "the run was over before it was interrupted");
    jar.run("train", "--resume", "--tag", "killed").succeeded();
    runs.assertSameBits("whole/fold-1", "killed/fold-1");
    runs.assertSameBits("whole/fold-2", "killed/fold-2");
    for (String file : List.of("cases.csv", "folds.json")) {
      assertArrayEquals(
          Files.readAllBytes(world.run("whole").resolve(file)),
          Files.readAllBytes(world.run("killed").resolve(file)), file);
    }
  }
}
