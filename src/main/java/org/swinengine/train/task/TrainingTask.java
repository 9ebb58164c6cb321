package org.swinengine.train.task;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.swinengine.backend.Backend;
import org.swinengine.data.Dataset;
import org.swinengine.data.EpochOrder;
import org.swinengine.data.ImagePipeline;
import org.swinengine.inference.Evaluator;
import org.swinengine.inference.ModelInput;
import org.swinengine.inference.Preprocessing;
import org.swinengine.models.Model;
import org.swinengine.report.EpochMetrics;
import org.swinengine.train.tuning.Teacher;

/**
 * What a run trains for, on its data. The trainer knows batches, steps, epochs and files; what a batch's
 * logits are held against and what an epoch is worth is the task's to say. {@link TrainingTasks} has the
 * rest: which task fits, by what its best epoch is chosen, and how its figures are shown.
 */
public interface TrainingTask {
  /** Which images an epoch has. */
  EpochOrder order();

  /**
   * What the model reads of a part of the data.
   *
   * @param pipeline that prepares its images
   */
  default ModelInput input(Dataset part, ImagePipeline pipeline) {
    return new ModelInput.Images(part, pipeline);
  }

  /**
   * The loss of training batches.
   *
   * @param preprocessing of the images
   * @param teacher whose answers are learnt from too; null: nobody's
   * @throws IOException when data cannot be read whose classes are to be weighed
   */
  TaskLoss loss(Backend backend, Preprocessing preprocessing, @Nullable Teacher teacher) throws IOException;

  /**
   * Measures a model on the validation part.
   *
   * @param input of that part: {@link #input}, or the features that were computed from it
   * @throws IOException when the data cannot be read
   * @throws java.util.concurrent.CancellationException where the options say so
   */
  Validation validate(Model model, ModelInput input, Evaluator.Options options) throws IOException;

  /**
   * Sentences on what went wrong, if something did.
   *
   * @param validation of the best weights; null if there is none
   */
  List<String> findings(List<EpochMetrics> history, @Nullable Validation validation);
}
