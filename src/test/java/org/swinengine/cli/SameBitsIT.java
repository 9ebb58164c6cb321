package org.swinengine.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.swinengine.launch.LauncherRun;

/** The same seed gives the same weights, to the last bit, whatever computes them. */
@Tag("numerics")
class SameBitsIT {
  @TempDir
  static Path temporary;
  private static TinyWorld world;
  private static byte[] weights;

  @BeforeAll
  static void trainOnScalarKernels() throws Exception {
    world = new TinyWorld(temporary);
    weights = train(new Jar(temporary), "scalar", "--threads", "1");
  }

  @Test
  void onTwoThreadsWithTwoWorkers() throws Exception {
    assertArrayEquals(weights, train(new Jar(temporary), "threads", "--threads", "2", "--workers", "2"));
  }

  @Test
  void withVectorsOfEveryWidth() throws Exception {
    Jar.Result devices = new Jar(temporary).simd("auto").run("devices", "--json").succeeded();
    int widest = devices.json().get(0).get("vector_bits").asInt();
    for (int bits : new int[] {128, 256, 512}) {
      if (bits <= widest) {
        String width = Integer.toString(bits);
        byte[] found = train(new Jar(temporary).simd(width), "simd-" + width, "--threads", "2");
        assertArrayEquals(weights, found, width);
      }
    }
  }

  /** The register tiles to choose from, and an unusual one, with 7 rows and a rest of 1. */
  @ParameterizedTest
  @ValueSource(strings = {"8x3", "12x2", "6x4", "7x3"})
  void withEveryTile(String tile) throws Exception {
    Jar jar = new Jar(temporary).simd("auto").option("-Dswin.tile=" + tile);
    assertArrayEquals(weights, train(jar, "tile-" + tile, "--threads", "2"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"6x2", "5x2", "4x2", "3x3"})
  void withEveryTileForSixteenRegisters(String tile) throws Exception {
    Jar jar = new Jar(temporary).sixteenRegisters().option("-Dswin.tile=" + tile);
    assertArrayEquals(weights, train(jar, "few-" + tile, "--threads", "2"));
  }

  @Test
  void onEveryOtherJdk() throws Exception {
    List<Path> javas = LauncherRun.javas();
    for (int i = 1; i < javas.size(); i++) {
      Path java = javas.get(i);
      assertArrayEquals(weights, train(new Jar(temporary).java(java), "jdk-" + i), java.toString());
      assertArrayEquals(
          weights, train(new Jar(temporary).java(java).simd("auto"), "jdk-vector-" + i), java.toString());
    }
  }

  @Test
  void butNotWithAnotherSeed() throws Exception {
    byte[] others = train(new Jar(temporary), "seed", "--seed", "1");
    assertFalse(Arrays.equals(weights, others));
  }

  private static byte[] train(Jar jar, String tag, String... more) throws Exception {
    jar.run(world.train(tag, more)).succeeded();
    return Files.readAllBytes(world.run(tag).resolve("last.safetensors"));
  }
}
