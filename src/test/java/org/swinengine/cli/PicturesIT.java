package org.swinengine.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.launch.LauncherRun;
import org.swinengine.weights.Npy;

/** The commands on pictures as a user starts them: through the launcher, with pipes. */
class PicturesIT {
  private static final String WEIGHTS = "runs/good/best.safetensors";

  @TempDir
  static Path temporary;
  private static Jar jar;

  @BeforeAll
  static void train() throws Exception {
    TinyWorld world = new TinyWorld(temporary);
    jar = new Jar(temporary);
    jar.run(world.train("good", "--epochs", "1")).succeeded();
  }

  private static Jar.Result piped(byte[] in, String... arguments) throws Exception {
    LauncherRun run = jar.start(arguments);
    try (OutputStream out = run.process().getOutputStream()) {
      out.write(in);
    }
    String output = run.rest();
    return new Jar.Result(run.exitCode(), output, run.errors());
  }

  @Test
  void predictReadsAListFromAPipe() throws Exception {
    byte[] list = "data/val/red/1.png\ndata/val/green\n".getBytes(StandardCharsets.UTF_8);
    Jar.Result result =
        piped(list, "predict", "--weights", WEIGHTS, "--list", "-", "--format", "csv", "--top", "1")
            .succeeded();
    List<String> lines = result.output().lines().toList();
    assertEquals("file,class_1,probability_1", lines.get(0));
    assertTrue(lines.get(1).startsWith("data/val/red/1.png,"), result::toString);
    assertEquals(2 + TinyWorld.VALIDATION_IMAGES / 2, lines.size());
    assertTrue(lines.get(2).startsWith("data/val/green/0.png,"), result::toString);
  }

  @Test
  void predictReadsAPictureFromAPipeAndDrawsItsHeat() throws Exception {
    byte[] picture = Files.readAllBytes(temporary.resolve("data/val/red/1.png"));
    JsonNode found =
        piped(picture, "predict", "--weights", WEIGHTS, "-", "--heatmap", "maps", "--json").succeeded()
            .json().get(0);
    assertEquals("-", found.get("file").asText());
    assertEquals("maps/stdin-gradcam.png", found.get("heatmap").asText());
    assertEquals(8, ImageIO.read(temporary.resolve("maps/stdin-gradcam.png").toFile()).getHeight());
  }

  @Test
  void neighboursReadsWhatEmbedWrote() throws Exception {
    jar.run("embed", "--weights", WEIGHTS, "data/val", "--recursive", "--output", "val.npy").succeeded();
    assertArrayEquals(
        new long[] {TinyWorld.VALIDATION_IMAGES, 8}, Npy.read(temporary.resolve("val.npy")).shape());
    JsonNode found = jar.run("neighbours", "data/val/red/0.png", "val.npy", "--json").succeeded().json();
    assertEquals(5, found.get("neighbours").size());
    Jar.Result pairs =
        jar.run("neighbours", "val.npy", "--duplicates", "-1", "--format", "jsonl").succeeded();
    int n = TinyWorld.VALIDATION_IMAGES;
    assertEquals(n * (n - 1) / 2, pairs.output().lines().count());
    jar.run("neighbours", "data/val/red/0.png", "missing.npy").failedWith(1, "missing.npy");
  }
}
