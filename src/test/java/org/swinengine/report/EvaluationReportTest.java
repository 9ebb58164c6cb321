package org.swinengine.report;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
    Evaluation.Sample sample =
        new Evaluation.Sample("a.png", 0, 1, 0.75, () -> new RawImage(2, 2, 1, new byte[] {1, 2, 3, 4}));
    Evaluation evaluation =
        new Evaluation(3, 0.5, 66.67, 100, confusion, Evaluation.perClass(confusion, names), List.of(sample));
    Path file = folder.resolve("report.html");
    EvaluationReport.write(file, "tiny", "on a test", "3 test images", evaluation);
    String text = Files.readString(file);
    assertFalse(text.contains("alidation"), text);
    assertTrue(text.contains("cross-section of the images") && text.contains("data:image/png;base64,"), text);
  }
}
