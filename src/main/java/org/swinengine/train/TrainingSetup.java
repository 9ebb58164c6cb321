package org.swinengine.train;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.backend.Backend;
import org.swinengine.data.DataSplits;
import org.swinengine.data.check.DataCheck;
import org.swinengine.inference.Preprocessing;
import org.swinengine.inference.WeightSource;
import org.swinengine.models.LoadReport;
import org.swinengine.models.Model;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.Models;
import org.swinengine.optim.Optimizer;
import org.swinengine.optim.Optimizers;
import org.swinengine.optim.Schedule;
import org.swinengine.optim.WeightAverage;
import org.swinengine.train.estimate.MemoryEstimate;
import org.swinengine.train.estimate.Pace;
import org.swinengine.train.tuning.CacheFeatures;
import org.swinengine.train.tuning.RateFactors;

/** What a run is made of: the model with its first weights, its data, optimizer and schedule. */
final class TrainingSetup implements AutoCloseable {
  private final TrainConfig config;
  private final Backend backend;
  private final Preprocessing preprocessing;
  private final Model model;
  private final TrainingData data;
  private final ParameterArena arena;
  private final Optimizer optimizer;

  /** Null where the weights themselves are evaluated and saved. */
  private final @Nullable WeightAverage average;

  private final TrainingStep step;
  private final Schedule schedule;
  private final boolean cachesFeatures;
  private final int stepsPerEpoch;

  /** What the first weights were; null: fresh ones, or a resumed run's. */
  private final @Nullable LoadReport firstWeights;

  TrainingSetup(TrainConfig config, DataSplits splits, Backend backend) throws IOException {
    this.config = config;
    this.backend = backend;
    config.model().requireClassification("train");
    ModelSpec spec = config.model().withClasses(splits.classNames().size());
    // A resumed run has its own weights.
    WeightSource first = config.resume() ? null : config.fineTuning().weights();
    preprocessing = InputOfARun.preprocessing(config, splits);
    model = Models.create(spec);
    config.fineTuning().freeze().apply(model);
    cachesFeatures =
        config.fineTuning().cacheFeatures()
            .decide(config.fineTuning(), config.varying(), model, backend);
    data = new TrainingData(config, splits, preprocessing);
    try {
      stepsPerEpoch = data.stepsPerEpoch();
      arena =
          first == null
              ? new ParameterArena(backend, model.parameters(), config.seed())
              : new ParameterArena(backend, model.parameters(), config.seed(), first.given(model));
      firstWeights = first == null ? null : first.load(model, splits.classNames());
      optimizer =
          config.optimization().optimizer().over(
              arena,
              new Optimizers.Settings(
                  config.optimization().weightDecay(), config.optimization().momentum()),
              new RateFactors(model, config.fineTuning()));
      WeightAverage.Options averaging = config.averaging().options();
      average = averaging == null ? null : new WeightAverage(arena, averaging);
      TrainingLoss loss = new TrainingLoss(config, backend, splits.train(), preprocessing);
      step = new TrainingStep(config, backend, model, loss, optimizer);
      schedule = config.schedule(stepsPerEpoch);
    } catch (RuntimeException | Error e) {
      data.close();
      throw e;
    }
  }

  TrainConfig config() {
    return config;
  }

  Backend backend() {
    return backend;
  }

  Preprocessing preprocessing() {
    return preprocessing;
  }

  Model model() {
    return model;
  }

  TrainingData data() {
    return data;
  }

  ParameterArena arena() {
    return arena;
  }

  Optimizer optimizer() {
    return optimizer;
  }

  /** The average of the weights; null: there is none. */
  @Nullable
  WeightAverage average() {
    return average;
  }

  /** Puts the average, where there is one, in the weights' place until this is closed. */
  WeightAverage.Swap averaged() {
    return average == null ? () -> {} : average.swapIn();
  }

  TrainingStep step() {
    return step;
  }

  Schedule schedule() {
    return schedule;
  }

  int stepsPerEpoch() {
    return stepsPerEpoch;
  }

  /** Whether the features of a frozen backbone are to be computed once, and are not there yet. */
  boolean needsFeatures() {
    return cachesFeatures && !data.hasFeatures();
  }

  /** Number of values that learn, or that stay as they are. */
  long elements(boolean trainable) {
    return model.parameters().stream()
        .filter(parameter -> parameter.isTrainable() == trainable)
        .mapToLong(parameter -> parameter.shape().elements())
        .sum();
  }

  /** Measures how long the run takes, from its steps. */
  Pace pace() {
    // A validation image takes a forward pass, a third of what training takes, unless training is no more
    // either.
    double cost = config.fineTuning().freeze().isBackbone() ? 1 : 1 / 3.0;
    return new Pace(
        config.epochs(), stepsPerEpoch, cost * data.splits().validation().size() / config.imagesPerStep());
  }

  /** What the run is about to do. */
  TrainingPlan plan(Path folder, int epochsBefore) throws IOException {
    return new TrainingPlan(
        config,
        data.splits(),
        model.spec(),
        preprocessing,
        elements(true),
        elements(false),
        firstWeights,
        CacheFeatures.line(
            cachesFeatures, config.fineTuning(), config.varying(), model, backend),
        stepsPerEpoch,
        backend.describe(),
        folder,
        optimizer.steps(),
        epochsBefore,
        memory(),
        DataCheck.quick(data.splits()));
  }

  private @Nullable MemoryEstimate memory() {
    return cachesFeatures || !backend.name().equals("cpu")
        ? null
        : MemoryEstimate.of(
            model.spec(), config.fineTuning().freeze(), config.batchSize(), config.checkpointing(), true,
            backend);
  }

  @Override
  public void close() {
    data.close();
  }
}
