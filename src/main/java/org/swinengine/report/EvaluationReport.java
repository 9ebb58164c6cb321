package org.swinengine.report;

import java.io.IOException;
import java.nio.file.Path;
import org.swinengine.inference.Evaluation;

/** An evaluation as one HTML file without scripts: figures, confusion matrix, classes, sample predictions. */
public final class EvaluationReport {
  private EvaluationReport() {}

  /**
   * Writes the file; an older one is replaced when the new one is complete.
   *
   * @param model the model's name
   * @param about where its weights come from and what computed
   * @param data one line on the data
   * @throws IOException with a sentence for the user if it cannot be written
   */
  public static void write(Path file, String model, String about, String data, Evaluation evaluation)
      throws IOException {
    TextFile.replace(file, Report.html("Evaluation of " + model, model + " " + about, data, evaluation));
  }
}
