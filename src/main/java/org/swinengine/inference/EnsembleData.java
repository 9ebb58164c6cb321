package org.swinengine.inference;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.swinengine.data.Dataset;
import org.swinengine.data.DatasetException;
import org.swinengine.data.DatasetView;

/**
 * The images that an ensemble is measured on, so that no model is measured on what it has learnt from as long
 * as another one has not.
 *
 * @param data the images, with the models' classes, and lines for the user
 * @param learnt which model has learnt from which of them; null for one model
 */
public record EnsembleData(EvaluationData data, @Nullable OutOfFold learnt) {
  /**
   * Opens data. Which images are meant is said as for one model, but that of data with neither a test nor a
   * validation part all are measured that not all models have learnt from.
   *
   * @throws DatasetException if there are no such images
   * @throws IllegalArgumentException if their classes are not the models'
   * @throws IOException when they cannot be read
   */
  public static EnsembleData open(Path path, Ensemble models, EvaluationData.Options options)
      throws IOException {
    if (models.size() == 1) {
      return new EnsembleData(EvaluationData.open(path, models.first(), options), null);
    }
    EvaluationData.Opened opened = EvaluationData.openAny(path, models.first(), options);
    EnsembleData found = of(opened.data(), models);
    OutOfFold learnt = found.learnt();
    if (options.split() != EvaluationData.Split.AUTO || !opened.undivided() || learnt == null) {
      return found;
    }
    Dataset all = opened.data().dataset();
    int[] rest = learnt.measurable();
    if (rest.length == 0) {
      throw new DatasetException(
          all.description() + ": all " + models.size() + " models were trained on all of its " + all.size()
              + " images, so they say nothing about others; set `split` to all to measure them anyway.");
    }
    if (rest.length == all.size()) {
      return found;
    }
    List<String> notes = new ArrayList<>(opened.data().notes());
    notes.add(
        (all.size() - rest.length) + " images are left out, because all models were trained on them (`split`"
            + " all measures them too)");
    return of(new EvaluationData(DatasetView.of(all, rest), List.copyOf(notes)), models);
  }

  /**
   * Images that are there already.
   *
   * @throws IllegalArgumentException if their classes are not the models'
   * @throws IOException when they cannot be read
   */
  public static EnsembleData of(Dataset dataset, Ensemble models) throws IOException {
    EvaluationData data = EvaluationData.of(dataset, models.first());
    return models.size() == 1 ? new EnsembleData(data, null) : of(data, models);
  }

  private static EnsembleData of(EvaluationData data, Ensemble models) throws IOException {
    OutOfFold learnt = OutOfFold.of(models.members(), data.dataset());
    List<String> notes = new ArrayList<>(data.notes());
    notes.addAll(learnt.notes());
    return new EnsembleData(new EvaluationData(data.dataset(), List.copyOf(notes)), learnt);
  }
}
