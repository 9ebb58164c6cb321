package org.swinengine.fit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.autograd.Tape;
import org.swinengine.models.ModuleWeights;
import org.swinengine.nn.ForwardMode;
import org.swinengine.optim.Optimizer;
import org.swinengine.optim.Schedule;
import org.swinengine.optim.WeightAverage;
import org.swinengine.tensor.Scope;
import org.swinengine.weights.Safetensors;

/** One call of {@link Fit#run}. */
final class FitRun<B> {
  private final Fit fit;
  private final Batches<B> training;
  private final @Nullable Batches<B> held;
  private final Objective<B> objective;
  private final Optimizer optimizer;
  private final Step step;

  /** Null where nobody asked for one. */
  private final @Nullable WeightAverage average;

  private final int stepsPerEpoch;
  private final Schedule schedule;
  private FitProgress progress = FitProgress.START;

  FitRun(Fit fit, Batches<B> training, @Nullable Batches<B> held, Objective<B> objective) {
    this.fit = fit;
    this.training = training;
    this.held = held;
    this.objective = objective;
    stepsPerEpoch = training.perEpoch() / fit.accumulationSteps;
    if (stepsPerEpoch < 1) {
      throw new IllegalArgumentException(
          "one optimizer step takes " + fit.accumulationSteps
              + " batches (`accumulationSteps`), but an epoch has "
              + training.perEpoch() + "; choose fewer, or a smaller `batchSize`");
    }
    schedule = fit.schedule.apply((long) fit.epochs * stepsPerEpoch);
    optimizer =
        fit.optimizer.apply(ParameterArena.keepingValues(fit.backend, fit.module.parameters(), fit.seed));
    step = new Step(optimizer, fit.accumulationSteps);
    average = fit.average == null ? null : new WeightAverage(optimizer.arena(), fit.average);
  }

  Fit.Result run() throws IOException {
    Path checkpoint = fit.files.checkpoint;
    Path best = fit.files.best;
    if (fit.files.resume && checkpoint == null) {
      throw new IllegalArgumentException("to resume, `checkpoint` must name the file");
    }
    if (fit.files.resume && checkpoint != null && Files.exists(checkpoint)) {
      progress = FitCheckpoint.restore(checkpoint, fit, training.perEpoch(), optimizer, average);
    }
    List<Fit.Epoch> history = new ArrayList<>();
    while (progress.epoch() < fit.epochs && !isStuck()) {
      Fit.Epoch epoch = epoch();
      history.add(epoch);
      progress = progress.after(epoch.loss());
      if (best != null && progress.bestEpoch() == progress.epoch()) {
        try (WeightAverage.Swap swap = swapIn()) {
          Safetensors.writeChecked(best, ModuleWeights.of(fit.module));
        }
      }
      if (checkpoint != null) {
        FitCheckpoint.write(checkpoint, fit, training.perEpoch(), optimizer, average, progress);
      }
      fit.listener.accept(epoch);
    }
    return new Fit.Result(List.copyOf(history), progress.bestEpoch(), isStuck());
  }

  /** Puts the average in the weights' place, where there is one. */
  private WeightAverage.Swap swapIn() {
    return average == null ? () -> {} : average.swapIn();
  }

  private boolean isStuck() {
    return fit.patience > 0 && progress.epoch() - progress.bestEpoch() >= fit.patience;
  }

  private Fit.Epoch epoch() throws IOException {
    long start = System.nanoTime();
    double losses = 0;
    double norms = 0;
    double rate = 0;
    for (int i = 0; i < stepsPerEpoch; i++) {
      rate = schedule.rate(optimizer.steps());
      double loss = accumulate(i);
      Optimizer.StepResult result = null;
      if (Double.isFinite(loss)) {
        result = fit.clipping == null ? step.update(rate) : step.update(rate, fit.clipping);
      }
      if (result == null || !result.finite()) {
        throw diverged(i, rate);
      }
      if (average != null) {
        average.update(optimizer.steps());
      }
      losses += loss;
      norms += result.gradientNorm();
    }
    double[] measured;
    try (WeightAverage.Swap swap = swapIn()) {
      measured = held == null ? new double[] {Double.NaN, Double.NaN} : measure(held);
    }
    return new Fit.Epoch(
        progress.epoch() + 1,
        optimizer.steps(),
        losses / stepsPerEpoch,
        measured[0],
        measured[1],
        rate,
        norms / stepsPerEpoch,
        (System.nanoTime() - start) / 1e9);
  }

  /** The mean loss of a step's parts, whose gradients are added; it stops at one that is not finite. */
  private double accumulate(int stepInEpoch) throws IOException {
    double loss = 0;
    double first = 0;
    double total = 0;
    long firstSample = 0;
    for (int part = 0; part < fit.accumulationSteps && Double.isFinite(loss); part++) {
      B batch = training.get(progress.epoch(), stepInEpoch * fit.accumulationSteps + part);
      ForwardMode mode = mode(firstSample);
      int samples = training.samples(batch);
      double weight = fit.accumulationSteps == 1 ? 1 : objective.weight(batch, samples);
      first = part == 0 ? weight : first;
      total += weight;
      double mean = step.accumulateWeighted(() -> objective.loss(batch, mode), weight);
      loss += (weight == first ? mean : mean * (weight / first)) / fit.accumulationSteps;
      firstSample += samples;
      training.done(batch);
    }
    double assumed = first * fit.accumulationSteps;
    return total == assumed ? loss : loss * (assumed / total);
  }

  private ForwardMode mode(long firstSample) {
    return ForwardMode.training(fit.seed, Math.toIntExact(optimizer.steps()), firstSample, fit.checkpointing);
  }

  /**
   * Runs a step again to find out where it went wrong: random decisions repeat, and no weight has changed.
   */
  private TrainingDivergedException diverged(int stepInEpoch, double rate) throws IOException {
    step.discard();
    String where = null;
    long firstSample = 0;
    for (int part = 0; part < fit.accumulationSteps && where == null; part++) {
      B batch = training.get(progress.epoch(), stepInEpoch * fit.accumulationSteps + part);
      ForwardMode mode = mode(firstSample);
      where = step.firstNonFinite(() -> objective.loss(batch, mode));
      firstSample += training.samples(batch);
      training.done(batch);
    }
    int epoch = progress.epoch() + 1;
    long number = optimizer.steps() + 1;
    return new TrainingDivergedException(
        String.format(
            Locale.ROOT,
            "training diverged in epoch %d, step %d (learning rate %s): %s. Lower the `learningRate`, or"
                + " clip gradients at a smaller norm.",
            epoch, number, rate, where == null ? step.largestGradient() : where),
        epoch,
        number);
  }

  /** Mean loss, and the percentage of examples whose class was found; NaN where there are no classes. */
  private double[] measure(Batches<B> examples) throws IOException {
    double losses = 0;
    long samples = 0;
    long right = 0;
    boolean classes = false;
    for (int number = 0; number < examples.perEpoch(); number++) {
      B batch = examples.get(0, number);
      int n = examples.samples(batch);
      try (Scope scope = Scope.open();
          Tape.Pause pause = Tape.pause()) {
        Objective.Measured measured = objective.measure(batch);
        losses += n * measured.loss();
        classes = measured.right() >= 0;
        right += Math.max(0, measured.right());
      }
      samples += n;
      examples.done(batch);
    }
    return new double[] {losses / samples, classes ? 100.0 * right / samples : Double.NaN};
  }
}
