package org.swinengine.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.metrics.Predictions;

final class PredictionsFileTest {
  @TempDir
  Path folder;

  private static final Predictions SAID =
      Predictions.ofProbabilities(new float[] {0.25f, 0.75f, 0.625f, 0.375f}, new int[] {0, 0}, 2);
  private static final List<String> CLASSES = List.of("a, \"b\"", "dog");

  @Test
  void aLineForEachImage() throws Exception {
    Path csv = folder.resolve("said.csv");
    PredictionsFile.write(csv, SAID, i -> "x/" + i + ".png", CLASSES);
    assertEquals(
        "image,truth,prediction,confidence,\"p(a, \"\"b\"\")\",p(dog)\n"
            + "x/0.png,\"a, \"\"b\"\"\",dog,0.75,0.25,0.75\n"
            + "x/1.png,\"a, \"\"b\"\"\",\"a, \"\"b\"\"\",0.625,0.625,0.375\n",
        Files.readString(csv));
    Path lines = folder.resolve("said.JSONL");
    PredictionsFile.write(lines, SAID, i -> "x/" + i + ".png", CLASSES);
    List<String> read = Files.readAllLines(lines);
    assertEquals(2, read.size());
    JsonNode first = new ObjectMapper().readTree(read.get(0));
    assertEquals("x/0.png", first.get("image").asText());
    assertEquals(CLASSES.get(0), first.get("truth").asText());
    assertEquals("dog", first.get("prediction").asText());
    assertEquals(0.25, first.get("probabilities").get(CLASSES.get(0)).asDouble());
  }

  @Test
  void anotherEndingIsRefused() {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class, () -> PredictionsFile.requireKnown(Path.of("said.xlsx")));
    assertTrue(e.getMessage().contains(".csv or .jsonl"), e.getMessage());
  }
}
