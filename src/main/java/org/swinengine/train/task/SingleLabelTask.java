package org.swinengine.train.task;

import java.io.IOException;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.swinengine.backend.Backend;
import org.swinengine.data.ClassWeights;
import org.swinengine.data.DataSplits;
import org.swinengine.data.Dataset;
import org.swinengine.data.EpochOrder;
import org.swinengine.data.WeightedSampling;
import org.swinengine.inference.Evaluator;
import org.swinengine.inference.ModelInput;
import org.swinengine.inference.Preprocessing;
import org.swinengine.models.Model;
import org.swinengine.report.EpochMetrics;
import org.swinengine.report.Findings;
import org.swinengine.train.settings.LossSettings;
import org.swinengine.train.settings.Mixing;
import org.swinengine.train.tuning.Teacher;

/** Images of one class each. */
final class SingleLabelTask implements TrainingTask {
  private final LossSettings settings;
  private final Mixing mixing;
  private final long seed;
  private final DataSplits splits;

  SingleLabelTask(LossSettings settings, Mixing mixing, long seed, DataSplits splits) {
    this.settings = settings;
    this.mixing = mixing;
    this.seed = seed;
    this.splits = splits;
  }

  @Override
  public EpochOrder order() {
    Dataset train = splits.train();
    return settings.sampling() == LossSettings.Sampling.BALANCED
        ? new WeightedSampling(
            ClassWeights.ofSamples(labels(train), ClassWeights.balanced(counts(train))))
        : EpochOrder.SHUFFLED;
  }

  static long[] counts(Dataset train) {
    return ClassWeights.count(labels(train), train.classNames().size());
  }

  private static int[] labels(Dataset train) {
    return IntStream.range(0, train.size()).map(train::label).toArray();
  }

  @Override
  public TaskLoss loss(Backend backend, Preprocessing preprocessing, @Nullable Teacher teacher) {
    return new SingleLabelLoss(settings, mixing, seed, backend, splits.train(), preprocessing, teacher);
  }

  @Override
  public Validation validate(Model model, ModelInput input, Evaluator.Options options) throws IOException {
    return new SingleLabelValidation(Evaluator.evaluate(model, splits.validation(), input, options));
  }

  @Override
  public List<String> findings(List<EpochMetrics> history, @Nullable Validation validation) {
    return Findings.of(
        history, validation instanceof SingleLabelValidation known ? known.evaluation() : null,
        Findings.samples(splits.train()), splits.classNames());
  }
}
