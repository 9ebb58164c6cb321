package org.swinengine.report;

import java.nio.file.Path;
import org.swinengine.inference.Evaluation;
import org.swinengine.inference.LoadedModel;
import org.swinengine.train.RunFolder;
import org.swinengine.train.RunFolderException;

/** An evaluation as one HTML file without scripts: figures, confusion matrix, classes, sample predictions. */
public final class EvaluationReport {
  private EvaluationReport() {}

  /**
   * Writes the file; an older one is replaced when the new one is complete.
   *
   * @param weights where the model's weights come from
   * @param data one line on the data
   * @throws RunFolderException if it cannot be written
   */
  public static void write(Path file, LoadedModel model, String weights, String data, Evaluation evaluation)
      throws RunFolderException {
    String about =
        model.model().spec().name() + " with the weights " + weights + ", on " + model.backend().describe();
    String title = "Evaluation of " + model.model().spec().name();
    RunFolder.replace(file, Report.html(title, about, data, evaluation));
  }
}
