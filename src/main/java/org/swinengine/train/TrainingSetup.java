package org.swinengine.train;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Later;
import org.swinengine.backend.Repetition;
import org.swinengine.data.Batch;
import org.swinengine.data.DataSplits;
import org.swinengine.data.check.DataCheck;
import org.swinengine.data.segmentation.SegmentationDataset;
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
import org.swinengine.report.SuspectLabels;
import org.swinengine.train.estimate.MemoryEstimate;
import org.swinengine.train.estimate.Workload;
import org.swinengine.train.estimate.Pace;
import org.swinengine.train.folder.RunFolder;
import org.swinengine.train.settings.LossSettings;
import org.swinengine.train.settings.SegmentationSettings;
import org.swinengine.train.settings.TaskKind;
import org.swinengine.train.task.TaskLoss;
import org.swinengine.train.task.TrainingTask;
import org.swinengine.train.task.TrainingTasks;
import org.swinengine.train.tuning.CacheFeatures;
import org.swinengine.train.tuning.Freeze;
import org.swinengine.train.tuning.RateFactors;
import org.swinengine.train.tuning.Teacher;

/** What a run is made of: the model with its first weights, its data, optimizer and schedule. */
final class TrainingSetup implements AutoCloseable {
  private final TrainConfig config;
  private final TrainingTask task;
  private final Backend backend;
  private final Preprocessing preprocessing;
  private final Model model;
  private final TrainingData data;
  private final Optimizer optimizer;

  /** Null where the weights themselves are evaluated and saved. */
  private final @Nullable WeightAverage average;

  /** Null where the labels alone are learnt from. */
  private final @Nullable Teacher teacher;

  private final TrainingStep step;
  private final Schedule schedule;
  private final boolean cachesFeatures;
  private final int stepsPerEpoch;

  /** What the first weights were; null: fresh ones, or a resumed run's. */
  private final @Nullable LoadReport firstWeights;

  TrainingSetup(TrainConfig given, DataSplits splits, Backend backend) throws IOException {
    config = forTask(given, splits);
    this.backend = backend;
    task =
        TrainingTasks.of(
            config.loss().task(), config.loss(), config.mixing(), config.seed(), splits,
            config.segmentation());
    ModelSpec spec = config.model().withClasses(splits.classNames().size());
    // A resumed run has its own weights.
    WeightSource first = config.resume() ? null : config.fineTuning().weights();
    preprocessing = InputOfARun.preprocessing(config, splits);
    model = Models.create(spec);
    model.requireComputableOn(backend);
    config.fineTuning().freeze().apply(model);
    cachesFeatures =
        config.fineTuning().cacheFeatures()
            .decide(config.fineTuning(), config.varying(), model, backend)
            && !isTaught();
    teacher = Teacher.of(config.loss(), preprocessing, splits.classNames(), backend);
    data = new TrainingData(config, splits, task, preprocessing, backend);
    try {
      stepsPerEpoch = data.stepsPerEpoch();
      ParameterArena arena =
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
      average = averaging == null ? null : new WeightAverage(arena, averaging).keptBy(optimizer);
      TaskLoss loss = task.loss(backend, preprocessing, teacher);
      step = new TrainingStep(config, backend, model, loss, optimizer);
      schedule = config.schedule(stepsPerEpoch);
    } catch (RuntimeException | Error e) {
      data.close();
      throw e;
    }
  }

  /** The configuration with what its model and data choose. */
  private static TrainConfig forTask(TrainConfig config, DataSplits splits) {
    TaskKind kind = TrainingTasks.kind(config.loss().task(), config.model(), splits);
    if (kind != TaskKind.CLASSIFY && config.keeping().suspectLabels() > 0) {
      throw new IllegalArgumentException(
          "`suspectLabels` is " + config.keeping().suspectLabels() + ", but labels are looked at only where"
              + " each image has one class; set it to 0");
    }
    boolean overlapping =
        splits.train() instanceof SegmentationDataset pixels && pixels.isOverlapping();
    return config.toBuilder()
        .set(
            "overlappingLabels",
            overlapping ? SegmentationSettings.Overlapping.ON : config.segmentation().overlappingLabels())
        .set("task", kind)
        .set("loss", TrainingTasks.loss(kind, config.loss().loss()))
        .set("bestMetric", TrainingTasks.best(kind, config.fineTuning().bestMetric()))
        .build();
  }

  /**
   * Whether there is a teacher, which needs the images.
   *
   * @throws IllegalArgumentException if features are to take their place
   */
  private boolean isTaught() {
    boolean taught = config.loss().distillationType() != LossSettings.Distillation.NONE;
    if (taught && config.fineTuning().cacheFeatures() == CacheFeatures.ON) {
      throw new IllegalArgumentException(
          "`cacheFeatures` on is not possible: the `teacher` is shown the images in every epoch; leave out"
              + " one of them");
    }
    return taught;
  }

  TrainConfig config() {
    return config;
  }

  TrainingTask task() {
    return task;
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

  Optimizer optimizer() {
    return optimizer;
  }

  /** The average of the weights; null: there is none. */
  @Nullable
  WeightAverage average() {
    return average;
  }

  /** What is learnt from besides the labels; null: nothing. */
  @Nullable
  Teacher teacher() {
    return teacher;
  }

  /** What the first weights were; null: fresh ones, or a resumed run's. */
  @Nullable
  LoadReport firstWeights() {
    return firstWeights;
  }

  /** Puts the average, where there is one, in the weights' place until this is closed. */
  WeightAverage.Swap averaged() {
    return average == null ? () -> {} : average.swapIn();
  }

  TrainingStep step() {
    return step;
  }

  /**
   * A step that was asked for.
   *
   * @param rate its learning rate
   * @param losses of its batches
   */
  record Asked(double rate, List<Later<Double>> losses, Later<Optimizer.StepResult> result) {
    double meanLoss() {
      double loss = 0;
      for (Later<Double> ofBatch : losses) {
        loss += ofBatch.get() / losses.size();
      }
      return loss;
    }
  }

  /**
   * Asks for a step on the loader's next batches, which changes nothing where a loss is not finite.
   *
   * @param number of steps before
   */
  Asked ask(double rate, long number, Repetition repeated) throws IOException {
    List<Later<Double>> losses = new ArrayList<>();
    for (int part = 0; part < config.accumulationSteps(); part++) {
      repeated.flush(); // the next batch may have to be waited for
      Batch batch = Objects.requireNonNull(data.loader().next());
      losses.add(step.accumulate(data.training(), batch, number, part));
      batch.release();
    }
    return new Asked(rate, losses, step.update(rate));
  }

  Schedule schedule() {
    return schedule;
  }

  int stepsPerEpoch() {
    return stepsPerEpoch;
  }

  /**
   * Whether the features of a frozen backbone are to be computed once, and are not there yet.
   *
   * @param epoch that comes next, from 0
   */
  boolean needsFeatures(int epoch) {
    return cachesFeatures && !data.hasFeatures() && !isToUnfreeze(epoch);
  }

  /** Trains from an epoch on what was frozen before, where that is due and has not been done. */
  boolean unfreezeWhereDue(int epoch) throws IOException {
    if (!isToUnfreeze(epoch) || elements(false) == 0) {
      return false;
    }
    unfreeze();
    data.readImages();
    return true;
  }

  private boolean isToUnfreeze(int epoch) {
    return config.fineTuning().unfreezes() && epoch >= config.fineTuning().unfreezeAfter();
  }

  /** Trains all parameters from now on. */
  void unfreeze() {
    optimizer.moveTo(Freeze.NONE.apply(model, optimizer.arena()));
    if (average != null) {
      average.moveTo(optimizer.arena());
    }
  }

  /** Number of values that learn, or that stay as they are. */
  long elements(boolean trainable) {
    return model.parameters().stream()
        .filter(parameter -> parameter.isTrainable() == trainable)
        .mapToLong(parameter -> parameter.shape().elements())
        .sum();
  }

  /**
   * Measures how long the run takes, from its steps.
   *
   * @param epoch that comes next, from 0
   */
  Pace pace(int epoch) {
    // A validation image takes a forward pass, a third of what training takes, unless training is no more
    // either.
    double cost = config.fineTuning().freezeIn(epoch).isBackbone() ? 1 : 1 / 3.0;
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
        features(),
        stepsPerEpoch,
        backend.describe(),
        folder,
        optimizer.steps(),
        epochsBefore,
        memory(),
        DataCheck.quick(data.splits()));
  }

  /**
   * Training labels that are probably wrong, by the weights that the model has now.
   *
   * @throws java.util.concurrent.CancellationException if the run was asked to stop
   */
  SuspectLabels suspects(RunFolder folder, BooleanSupplier cancelled) throws IOException {
    boolean caches = cachesFeatures && !config.fineTuning().unfreezes();
    return data.suspects(model, backend, folder, caches, cancelled);
  }

  private @Nullable String features() {
    String line =
        CacheFeatures.line(cachesFeatures, config.fineTuning(), config.varying(), model, backend);
    return line == null || teacher == null
        ? line
        : "computed in every epoch, since the `teacher` is shown the images";
  }

  private @Nullable MemoryEstimate memory() {
    return cachesFeatures && !config.fineTuning().unfreezes() || !backend.name().equals("cpu")
        ? null
        : MemoryEstimate.of(
            Workload.of(config, model.spec()), config.batchSize(), true, backend);
  }

  @Override
  public void close() {
    backend.endRepetitions();
    data.close();
  }
}
