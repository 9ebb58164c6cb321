package org.swinengine.report;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** An evaluation as one HTML file: figures, confusion, classes, probabilities, sample predictions. */
public final class EvaluationReport {
  private EvaluationReport() {}

  /**
   * Writes the file; an older one is replaced when the new one is complete.
   *
   * @param model the model's name
   * @param about where its weights come from and what computed
   * @param data one line on the data
   * @param facts what else identifies the evaluation, by name
   * @param findings sentences on what is wrong, if something is
   * @param pictures with heat maps of the mistakes
   * @throws IOException with a sentence for the user if it cannot be written
   */
  public static void write(
      Path file, String model, String about, String data, Map<String, String> facts, List<String> findings,
      EvaluationSummary evaluation, RunPictures pictures)
      throws IOException {
    TextFile.replace(file, Report.html(model, about, data, facts, findings, evaluation, pictures));
  }

  /** The same of a measurement of pixels' classes. */
  public static void write(
      Path file, String model, String about, String data, Map<String, String> facts,
      SegmentationSummary evaluation)
      throws IOException {
    TextFile.replace(file, Report.html(model, about, data, facts, evaluation));
  }
}
