package org.swinengine.fit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.autograd.Tape;
import org.swinengine.backend.Later;
import org.swinengine.backend.Repetition;
import org.swinengine.models.ModuleWeights;
import org.swinengine.nn.ForwardMode;
import org.swinengine.optim.Optimizer;
import org.swinengine.optim.Schedule;
import org.swinengine.optim.WeightAverage;
import org.swinengine.tensor.Scope;
import org.swinengine.weights.Safetensors;

/**
 * One call of {@link Fit#run}. A step's numbers are looked at when the next step has been asked for, so that
 * a GPU always has work.
 */
final class FitRun<B> {
  /** A step that was asked for: its number in the epoch, its learning rate, its mean loss. */
  private record Asked(int number, double rate, Later<Double> loss, Later<Optimizer.StepResult> result) {}

  /** What one step weighs: means of its parts, and by what they were divided. */
  private record Parts(List<Later<Double>> means, List<Double> weights) {
    /** The mean loss over all, as {@link Step#accumulateWeighted} weighs gradients. */
    double meanLoss() {
      int n = means.size();
      double first = weights.get(0);
      double loss = 0;
      double total = 0;
      for (int part = 0; part < n; part++) {
        double mean = means.get(part).get();
        double weight = weights.get(part);
        loss += (weight == first ? mean : mean * (weight / first)) / n;
        total += weight;
      }
      double assumed = first * n;
      return total == assumed ? loss : loss * (assumed / total);
    }
  }

  private final Fit fit;
  private final Batches<B> training;
  private final @Nullable Batches<B> held;
  private final Objective<B> objective;
  private final Optimizer optimizer;
  private final Step step;

  /** Null where nobody asked for one. */
  private final @Nullable WeightAverage average;

  /** What a step is like. It holds nothing, for the backend remembers it. */
  private final Object likeness = new Object();

  private final int stepsPerEpoch;
  private final Schedule schedule;
  private FitProgress progress = FitProgress.START;

  /** Steps of the epoch that were asked for and are not yet in its sums; at most one between two steps. */
  private final Deque<Asked> asked = new ArrayDeque<>();

  /** Of the epoch's steps. */
  private double losses;
  private double norms;

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
    fit.module.requireComputableOn(fit.backend);
    schedule = fit.schedule.apply((long) fit.epochs * stepsPerEpoch);
    optimizer =
        fit.optimizer.apply(ParameterArena.keepingValues(fit.backend, fit.module.parameters(), fit.seed));
    step = new Step(optimizer, fit.accumulationSteps);
    average =
        fit.average == null
            ? null
            : new WeightAverage(optimizer.arena(), fit.average).keptBy(optimizer);
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
    try {
      return run(checkpoint, best);
    } finally {
      fit.backend.endRepetitions();
    }
  }

  private Fit.Result run(@Nullable Path checkpoint, @Nullable Path best) throws IOException {
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
    losses = 0;
    norms = 0;
    double rate = 0;
    for (int i = 0; i < stepsPerEpoch; i++) {
      rate = schedule.rate(optimizer.steps());
      take(i, rate);
    }
    learn(0);
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

  private void take(int stepInEpoch, double rate) throws IOException {
    try (Repetition repeated =
        isLikeOthers(stepInEpoch) ? fit.backend.repeating(likeness) : Repetition.NONE) {
      ask(stepInEpoch, rate, repeated);
    }
    learn(1);
  }

  /** Whether the step has as many samples as others. */
  private boolean isLikeOthers(int stepInEpoch) {
    return !training.lastIsSmaller() || (stepInEpoch + 1) * fit.accumulationSteps < training.perEpoch();
  }

  private void ask(int stepInEpoch, double rate, Repetition repeated) throws IOException {
    Parts parts = accumulate(stepInEpoch, repeated);
    Later<Optimizer.StepResult> result =
        fit.clipping == null ? step.update(rate) : step.update(rate, fit.clipping);
    asked.add(new Asked(stepInEpoch, rate, Later.of(parts::meanLoss), result));
    if (result.isThere()) {
      learn(0);
    }
    if (average != null) {
      average.update(optimizer);
    }
  }

  /**
   * Waits for what steps have found, but for the last ones.
   *
   * @param most steps that may stay on their way
   */
  private void learn(int most) throws IOException {
    while (asked.size() > most) {
      Asked first = asked.remove();
      Optimizer.StepResult result = first.result().get();
      if (!result.finite()) {
        throw diverged(first.number(), first.rate());
      }
      losses += first.loss().get();
      norms += result.gradientNorm();
    }
  }

  /** Adds the gradients of a step's parts. */
  private Parts accumulate(int stepInEpoch, Repetition repeated) throws IOException {
    Parts parts = new Parts(new ArrayList<>(), new ArrayList<>());
    long firstSample = 0;
    for (int part = 0; part < fit.accumulationSteps; part++) {
      repeated.flush(); // the next batch may have to be waited for
      B batch = training.get(progress.epoch(), stepInEpoch * fit.accumulationSteps + part);
      ForwardMode mode = mode(firstSample);
      int samples = training.samples(batch);
      double weight = fit.accumulationSteps == 1 ? 1 : objective.weight(batch, samples);
      parts.means().add(step.accumulateWeighted(() -> objective.loss(batch, mode), weight));
      parts.weights().add(weight);
      firstSample += samples;
      training.done(batch);
    }
    return parts;
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
