package org.swinengine.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kernels as the optimizing compiler leaves them: a vector that it keeps as an object costs a hundred times
 * its arithmetic, and shows in what a pass allocates (hundreds of megabytes where it should be less than
 * one).
 */
@Tag("numerics")
class KernelsStayOffTheHeapIT {
  private static final double MOST_MEGABYTES = 5;

  @TempDir
  static Path temporary;

  @Test
  void inTraining() throws Exception {
    assertSmall("train", "14");
  }

  @Test
  void inInference() throws Exception {
    assertSmall("infer", "8");
  }

  private static void assertSmall(String mode, String seconds) throws Exception {
    JsonNode result =
        new Jar(temporary)
            .asUsersStartIt()
            .run(
                "bench", "--model", "swin_nano_patch4_window7_28", "--batch", "64", "--mode", mode,
                "--seconds",
                seconds, "--threads", "2", "--json")
            .succeeded()
            .json();
    double allocated = result.get("allocated_mb").asDouble();
    assertTrue(allocated > 0 && allocated < MOST_MEGABYTES, result.toString());
  }
}
