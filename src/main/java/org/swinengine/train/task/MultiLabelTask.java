package org.swinengine.train.task;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.swinengine.backend.Backend;
import org.swinengine.data.DataSplits;
import org.swinengine.data.Dataset;
import org.swinengine.data.EpochOrder;
import org.swinengine.inference.Evaluator;
import org.swinengine.inference.ModelInput;
import org.swinengine.inference.MultiLabelEvaluation;
import org.swinengine.inference.Preprocessing;
import org.swinengine.models.Model;
import org.swinengine.report.EpochMetrics;
import org.swinengine.report.Findings;
import org.swinengine.train.settings.LossSettings;
import org.swinengine.train.settings.Mixing;
import org.swinengine.train.tuning.Teacher;

/** Images that have any number of classes, each of which is a yes or no. */
final class MultiLabelTask implements TrainingTask {
  private final LossSettings settings;
  private final Mixing mixing;
  private final long seed;
  private final DataSplits splits;

  /** @throws IllegalArgumentException if a setting is for images of one class */
  MultiLabelTask(LossSettings settings, Mixing mixing, long seed, DataSplits splits) {
    this.settings = settings;
    this.mixing = mixing;
    this.seed = seed;
    this.splits = splits;
    require(
        settings.sampling() != LossSettings.Sampling.BALANCED,
        "`sampling` balanced draws classes alike often, but an image that is drawn for one class brings its"
            + " others with it; `classWeights` balanced weighs the yes of each class instead");
    require(
        settings.distillationType() == LossSettings.Distillation.NONE,
        "`distillationType` compares probabilities of which one class has what the others have not, but here"
            + " each class is a yes or no; leave out `teacher` and `distillationType`");
    boolean weighs = settings.classWeights() != LossSettings.ClassWeighting.NONE;
    require(
        !weighs || settings.loss() != LossSettings.Kind.FOCAL,
        "`loss` focal and `classWeights` both say what weighs more; choose one of them");
  }

  private static void require(boolean fits, String sentence) {
    if (!fits) {
      throw new IllegalArgumentException(sentence);
    }
  }

  @Override
  public EpochOrder order() {
    return EpochOrder.SHUFFLED;
  }

  @Override
  public TaskLoss loss(Backend backend, Preprocessing preprocessing, @Nullable Teacher teacher) {
    return new MultiLabelLoss(settings, mixing, seed, backend, splits.train(), preprocessing);
  }

  @Override
  public Validation validate(Model model, ModelInput input, Evaluator.Options options) throws IOException {
    Dataset images = splits.validation();
    return new MultiLabelValidation(MultiLabelEvaluation.measure(model, images, input, options), images);
  }

  @Override
  public List<String> findings(List<EpochMetrics> history, @Nullable Validation validation) {
    return Findings.of(history, null, null, splits.classNames());
  }
}
