package org.swinengine.bench.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Validation by epoch, ours beside PyTorch's. */
final class CurvesTest {
  @TempDir
  Path folder;

  private static Measurement run(String peer, int seed, double... accuracies) {
    ObjectNode result = Results.JSON.createObjectNode();
    ArrayNode epochs = result.putArray("epochs");
    for (double accuracy : accuracies) {
      epochs.addObject().put("val_top1", accuracy).put("val_loss", 1);
    }
    return new Measurement("m", "curves", "cifar10-jpeg", "native", peer, seed, result);
  }

  @Test
  void anEpochHasMeansRangesAndTheStandardErrorOfTheirDifference() {
    String text =
        Curves.table(
            Results.of(
                run("ours-17", 1, 10, 20), run("eager", 1, 11, 19), run("ours-17", 2, 12, 24),
                run("eager", 2, 13, 21), run("ours-17", 3, 14, 22), run("eager", 3, 15, 23)));
    assertTrue(text.contains("| epoch | top-1, %, ours, JDK 17 | PyTorch | ours − PyTorch |"), text);
    // Both variances are 4: sqrt(4/3 + 4/3) = 1.633.
    assertTrue(
        text.contains("| 1 | 12.00 (10.00–14.00) | 13.00 (11.00–15.00) | −1.00 ± 1.63 | 1.0000"), text);
    assertTrue(
        text.contains("| 2 | 22.00 (20.00–24.00) | 21.00 (19.00–23.00) | +1.00 ± 1.63 | 1.0000"), text);
    assertTrue(text.contains(" at 32 pixels, windows of 4, seeds 1, 2, 3 and 1, 2, 3, `--epochs 6 "), text);
  }

  @Test
  void oneSeedHasNoStandardError() {
    assertEquals("+0.50", Curves.difference(new double[] {2.5}, new double[] {2}, 2));
  }

  @Test
  void withoutTheOtherSideThereIsNoTable() {
    assertEquals("", Curves.table(Results.of(run("ours-17", 1, 10))));
  }

  @Test
  void theEpochsOfARunAreThoseOfItsFolder() throws IOException {
    Files.writeString(
        folder.resolve("metrics.jsonl"),
        "{\"epoch\":1,\"val_loss\":2.5,\"val_top1\":33.0,\"lr\":0.001}\n"
            + "{\"epoch\":2,\"val_loss\":1.5,\"val_top1\":44.0,\"lr\":0.001}\n");
    ObjectNode result = Results.JSON.createObjectNode().put("epochs", 2).put("folder", folder.toString());
    Curves.addEpochs(result);
    assertEquals(2, result.get("epochs").size());
    assertEquals(44.0, result.get("epochs").get(1).get("val_top1").asDouble());
    assertEquals(2.5, result.get("epochs").get(0).get("val_loss").asDouble());
  }
}
