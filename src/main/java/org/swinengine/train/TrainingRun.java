package org.swinengine.train;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Repetition;
import org.swinengine.console.PeakMemory;
import org.swinengine.data.Batch;
import org.swinengine.data.DataSplits;
import org.swinengine.fit.TrainingDivergedException;
import org.swinengine.inference.Evaluator;
import org.swinengine.optim.Optimizer;
import org.swinengine.optim.WeightAverage;
import org.swinengine.report.EpochMetrics;
import org.swinengine.report.SuspectLabels;
import org.swinengine.report.TextFile;
import org.swinengine.train.estimate.Pace;
import org.swinengine.train.task.Validation;
import org.swinengine.train.tuning.FeatureSource;

/**
 * The loop of a run. A step's numbers are looked at when the next step has been asked for, so that a GPU
 * always has work; all steps that were asked for are part of the progress before anything is saved or
 * validated.
 */
final class TrainingRun implements AutoCloseable {
  private static final int REPORT_SAMPLES = 24;

  private final TrainConfig config;
  private final TrainListener listener;
  private final BooleanSupplier stopRequested;
  private final TrainingSetup setup;
  private final RunFiles files;
  private final FeatureSource features;
  private Pace pace;
  private TrainingProgress progress = TrainingProgress.start(0);
  private long lastStep;

  /** Steps that were asked for and are not yet part of the progress; at most one between two steps. */
  private final Deque<TrainingSetup.Asked> asked = new ArrayDeque<>();

  /** What a step is like: the loader leaves incomplete batches out, so all are. */
  private final Object likeness = new Object();

  /** Where the present epoch, or the resumed rest of it, began: the step and the time. */
  private int firstStep;
  private long epochStart;

  /** Of the last epoch that this process has validated; null before. */
  private @Nullable Validation validation;

  TrainingRun(
      TrainConfig config, DataSplits data, Backend backend, TrainListener listener,
      StopRequest stop, FeatureSource features)
      throws IOException {
    this.features = features;
    this.listener = listener;
    stopRequested = stop::isRequested;
    setup = new TrainingSetup(config, data, backend);
    this.config = setup.config();
    pace = setup.pace(0);
    try {
      stop.begin();
      files = new RunFiles(setup, listener);
    } catch (IOException | RuntimeException | Error e) {
      setup.close();
      throw e;
    }
  }

  /** Keeps in the folder how the learning rate was found. */
  void keep(RateFinder.Found rates) throws IOException {
    rates.curve().write(files.folder().path());
  }

  TrainResult run() throws IOException {
    long start = System.nanoTime();
    progress = files.begin();
    TrainResult.Status status = TrainResult.Status.COMPLETED;
    boolean prepared = prepare();
    while (!prepared || !isOver()) {
      if (!prepared || !epoch()) {
        files.saveLast(progress);
        status = TrainResult.Status.INTERRUPTED;
        break;
      }
    }
    TrainResult result = result(status, start);
    listener.finished(result);
    return result;
  }

  /** Tells the listener and computes features; false if the run was asked to stop meanwhile. */
  private boolean prepare() throws IOException {
    try {
      listener.started(setup.plan(files.folder().path(), files.epochsBefore()));
      prepareFeatures();
      return true;
    } catch (CancellationException e) {
      return false;
    }
  }

  /**
   * Computes the features, where they are to be kept and are not there yet; from then on images are not read.
   *
   * @throws CancellationException if the run was asked to stop
   */
  private void prepareFeatures() throws IOException {
    if (!setup.needsFeatures(progress.epoch()) || isOver()) {
      return;
    }
    DataSplits splits = setup.data().splits();
    int all = splits.train().size() + splits.validation().size();
    setup.data().computeFeatures(
        features, setup.model(), setup.backend(), files.folder(), done -> listener.features(done, all),
        stopRequested);
  }

  private boolean isOver() {
    return progress.epoch() >= config.epochs() || isStuck();
  }

  /** Whether as many epochs as the patience allows have brought nothing better. */
  private boolean isStuck() {
    int patience = config.fineTuning().patience();
    int last = Math.max(progress.advanceEpoch(), config.fineTuning().unfreezeAfter());
    return patience > 0 && last > 0 && progress.epoch() - last >= patience;
  }

  /** Trains (the rest of) an epoch and validates it; false if it was asked to stop before the end. */
  private boolean epoch() throws IOException {
    long start = System.nanoTime();
    lastStep = start;
    epochStart = start;
    firstStep = progress.stepInEpoch();
    if (setup.unfreezeWhereDue(progress.epoch())) {
      // Steps take longer from now on.
      pace = setup.pace(progress.epoch());
    }
    setup.data().loader().startEpoch(progress.epoch(), firstStep * config.accumulationSteps());
    double rate = setup.schedule().rate(Math.max(0, setup.optimizer().steps() - 1));
    while (progress.stepInEpoch() + asked.size() < setup.stepsPerEpoch()) {
      if (stopRequested.getAsBoolean()) {
        learn(0);
        return false;
      }
      rate = setup.schedule().rate(setup.optimizer().steps());
      train(rate);
      if (files.isSaveDue()) {
        learn(0);
        if (progress.stepInEpoch() < setup.stepsPerEpoch()) {
          files.saveLast(progress);
        }
      }
    }
    learn(0);
    double imagesPerSecond = imagesPerSecond();
    long trained = System.nanoTime();
    try (WeightAverage.Swap averaged = setup.averaged()) {
      validation = validate();
    } catch (CancellationException e) {
      return false;
    }
    pace.validation((System.nanoTime() - trained) / 1e9);
    double seconds = (System.nanoTime() - start) / 1e9;
    finishEpoch(rate, imagesPerSecond, seconds);
    return true;
  }

  private void paceStep() {
    long now = System.nanoTime();
    pace.step((now - lastStep) / 1e9);
    lastStep = now;
    if (pace.isKnown()) {
      long peak = setup.backend().memory().statistics().peakBytes();
      listener.estimate(pace.left(progress.epoch(), progress.stepInEpoch(), peak));
    }
  }

  private double imagesPerSecond() {
    double seconds = (System.nanoTime() - epochStart) / 1e9;
    return (progress.stepInEpoch() - firstStep) * (double) config.imagesPerStep() / seconds;
  }

  private void train(double rate) throws IOException {
    try (Repetition step = setup.backend().repeating(likeness)) {
      ask(rate, step);
    }
    learn(1);
  }

  /** Asks for a step. */
  private void ask(double rate, Repetition repeated) throws IOException {
    TrainingSetup.Asked step = setup.ask(rate, setup.optimizer().steps(), repeated);
    asked.add(step);
    if (step.result().isThere()) {
      learn(0);
    }
    if (setup.average() != null) {
      setup.average().update(setup.optimizer());
    }
  }

  /**
   * Waits for what steps have found, but for the last ones.
   *
   * @param most steps that may stay on their way
   */
  private void learn(int most) throws IOException {
    while (asked.size() > most) {
      TrainingSetup.Asked step = asked.remove();
      Optimizer.StepResult result = step.result().get();
      if (!result.finite()) {
        throw diverged(step.rate());
      }
      progress = progress.afterStep(step.meanLoss(), result.gradientNorm());
      paceStep();
      listener.step(
          progress.epoch() + 1,
          progress.stepInEpoch(),
          setup.stepsPerEpoch(),
          progress.lossSum() / progress.stepInEpoch(),
          step.rate(),
          imagesPerSecond());
    }
  }

  /**
   * Runs the step after the progress again to find out where it went wrong: random decisions repeat, and no
   * weight has changed, though the step after it may have been asked for.
   */
  private TrainingDivergedException diverged(double rate) throws IOException {
    TrainingStep step = setup.step();
    step.discard();
    int parts = config.accumulationSteps();
    setup.data().loader().startEpoch(progress.epoch(), progress.stepInEpoch() * parts);
    String where = null;
    for (int part = 0; part < parts && where == null; part++) {
      Batch batch = Objects.requireNonNull(setup.data().loader().next());
      where = step.firstNonFinite(setup.data().training(), batch, setup.optimizer().steps(), part);
      batch.release();
    }
    if (where == null) {
      where = step.largestGradient();
    }
    int epoch = progress.epoch() + 1;
    long number = setup.optimizer().steps() + 1;
    String kept =
        Files.exists(files.folder().last())
            ? "The last good checkpoint is " + files.folder().last() + "."
            : "There is no checkpoint yet.";
    return new TrainingDivergedException(
        "training diverged in epoch " + epoch + ", step " + number + " (learning rate " + rate + "): " + where
            + ". Lower the learning rate, warm up longer or clip gradients at a smaller norm. " + kept,
        epoch,
        number);
  }

  /** Its samples' pictures are read for the report alone. */
  private Validation validate() throws IOException {
    return setup.task().validate(
        setup.model(),
        setup.data().validation(),
        Evaluator.Options.of(config.batchSize(), config.workers())
            .withSamples(REPORT_SAMPLES)
            .cancelledBy(stopRequested));
  }

  private void finishEpoch(double rate, double imagesPerSecond, double seconds) throws IOException {
    Validation validated = Objects.requireNonNull(validation);
    EpochMetrics metrics =
        new EpochMetrics(
            progress.epoch() + 1,
            setup.optimizer().steps(),
            progress.lossSum() / setup.stepsPerEpoch(),
            validated.loss(),
            validated.values(),
            rate,
            progress.normSum() / setup.stepsPerEpoch(),
            imagesPerSecond,
            seconds,
            PeakMemory.megabytes());
    progress = progress.afterEpoch(metrics, files.metricsOf(progress.bestEpoch()), config.fineTuning());
    files.saveEpoch(metrics, validated.metadata(), progress);
    listener.epoch(metrics);
  }

  private TrainResult result(TrainResult.Status status, long start) throws IOException {
    @Nullable Validation ofBest = null;
    @Nullable SuspectLabels suspects = null;
    if (status == TrainResult.Status.COMPLETED) {
      try {
        ofBest = validationOfBest();
        files.calibrate(ofBest);
        files.cleanUp(stopRequested);
        suspects = suspects();
      } catch (CancellationException e) {
        // All weights are written; whoever is in a hurry does without the report's pictures.
        status = TrainResult.Status.INTERRUPTED;
      }
    }
    TrainResult result =
        new TrainResult(
            status,
            files.folder().path(),
            files.history(),
            setup.optimizer().steps(),
            progress.bestEpoch(),
            progress.bestTop1(),
            config.fineTuning().bestMetric(),
            (System.nanoTime() - start) / 1e9,
            ofBest);
    files.writeReport(result, suspects, stopRequested);
    return result;
  }

  /** Training labels that are probably wrong, by the best weights; null: they are not asked for. */
  private @Nullable SuspectLabels suspects() throws IOException {
    if (config.keeping().suspectLabels() == 0) {
      return null;
    }
    // Also where the model has them, but not their average: a run that goes on here has these alone.
    files.loadBest();
    SuspectLabels found = setup.suspects(files.folder(), stopRequested);
    TextFile.replace(files.folder().suspects(), found.csv());
    listener.suspects(found, files.folder().suspects());
    return found;
  }

  /** The last epoch's, where that is the best: the model still has its weights. */
  private Validation validationOfBest() throws IOException {
    if (validation != null && progress.bestEpoch() == progress.epoch()) {
      return validation;
    }
    files.loadBest();
    return validate();
  }

  @Override
  public void close() {
    setup.close();
    files.close();
  }
}
