package org.swinengine.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.data.RawImage;
import org.swinengine.inference.Evaluation;

final class EvaluationReportTest {
  @TempDir
  private Path folder;

  /** Which part of the data was measured says their description; it may be a test set. */
  @Test
  void whatWasMeasuredIsNotCalledValidation() throws Exception {
    int[][] confusion = {{1, 1}, {0, 1}};
    List<String> names = List.of("cat", "dog");
    Evaluation.Sample wrong =
        new Evaluation.Sample("a.png", 0, 1, 0.75, () -> new RawImage(2, 2, 1, new byte[] {1, 2, 3, 4}));
    Evaluation.Sample right =
        new Evaluation.Sample("b.png", 1, 1, 0.75, () -> new RawImage(2, 2, 1, new byte[] {1, 2, 3, 4}));
    Evaluation evaluation =
        new Evaluation(3, 0.5, 66.67, 100, confusion, Evaluation.perClass(confusion, names),
            List.of(wrong, right));
    Path file = folder.resolve("report.html");
    EvaluationSummary summary = Summarizer.of(evaluation, i -> "x", 1);
    EvaluationReport.write(file, "tiny", "on a test", "3 test images", Map.of("engine", "0.1"),
        List.of("Look at `learningRate`"), summary, RunPictures.NONE);
    String text = Files.readString(file);
    assertFalse(text.contains("alidation"), text);
    assertTrue(text.contains("cross-section of the images") && text.contains("data:image/png;base64,"), text);
    assertTrue(text.contains("Look at <code>learningRate</code>"), text);
    assertEquals(0.75, summary.figure("balanced_accuracy").value());
  }
}
