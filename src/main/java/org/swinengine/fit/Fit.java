package org.swinengine.fit;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.data.Examples;
import org.swinengine.nn.ForwardMode;
import org.swinengine.nn.Layer;
import org.swinengine.nn.Module;
import org.swinengine.optim.Clipping;
import org.swinengine.optim.Optimizer;
import org.swinengine.optim.Optimizers;
import org.swinengine.optim.Schedule;
import org.swinengine.optim.WeightAverage;

/**
 * Trains any net, on any examples or batches, with any optimizer, schedule and loss.
 *
 * <pre>{@code
 * try (Backend backend = Backends.open("auto")) {
 *   Layer net = new Sequential(
 *       new Linear(4, 32, true), new Activation(UnaryFunction.GELU), new Linear(32, 3, true));
 *   Fit.of(net, backend)
 *       .epochs(30).batchSize(16).learningRate(3e-3)
 *       .validation(Examples.of(heldOutInputs, heldOutClasses))
 *       .listener(System.out::println)
 *       .run(Examples.of(inputs, classes));
 *   float[] logits = net.infer(Shape.of(1, 4), 5.1f, 3.5f, 1.4f, 0.2f);
 * }
 * }</pre>
 *
 * <p>Parameters that have values (loaded, or trained before) go on from them; others get their first ones.
 * The same settings and data give the same weights, to the last bit, on the {@code cpu} backend: whatever
 * the number of threads and workers, and whether the run went through at once or was resumed. What it does
 * not do is what {@link org.swinengine.train.Trainer} adds for pictures: run folders, augmentation, reports.
 */
public final class Fit {
  /** Computes a net's output from its input. */
  @FunctionalInterface
  public interface Forward {
    /** The output of {@code x}, {@code [batch, …]}. */
    Variable of(Variable x, ForwardMode mode);
  }

  /**
   * How an epoch went.
   *
   * @param epoch from 1
   * @param steps optimizer steps so far
   * @param trainLoss mean of the epoch's losses, each computed before its step
   * @param validationLoss of the validation examples after the epoch; NaN without any
   * @param accuracy share of validation examples whose class has the largest output, in percent; NaN where
   *     there are no classes
   * @param learningRate of the last step
   * @param gradientNorm mean global L2 norm of the gradients, before clipping
   * @param seconds that the epoch took
   */
  public record Epoch(
      int epoch,
      long steps,
      double trainLoss,
      double validationLoss,
      double accuracy,
      double learningRate,
      double gradientNorm,
      double seconds) {
    /** What is to become small: the validation loss, or the training loss without validation. */
    public double loss() {
      return Double.isNaN(validationLoss) ? trainLoss : validationLoss;
    }
  }

  /**
   * How training ended.
   *
   * @param history the epochs of this call; those before a resumption are not among them
   * @param bestEpoch epoch (from 1) with the least {@link Epoch#loss}
   * @param stoppedEarly whether {@link Fit#patience} ended it
   */
  public record Result(List<Epoch> history, int bestEpoch, boolean stoppedEarly) {
    /** The last epoch. */
    public Epoch last() {
      return history.get(history.size() - 1);
    }
  }

  final Module module;
  final Forward forward;
  final Backend backend;
  final Reading reading = new Reading();
  final Files files = new Files();
  int epochs = 10;
  long seed;
  int accumulationSteps = 1;
  int patience;
  @Nullable
  Clipping clipping;
  WeightAverage.@Nullable Options average;
  boolean checkpointing;
  Consumer<Epoch> listener = epoch -> {};
  Function<ParameterArena, Optimizer> optimizer = Optimizers.adamW(0.05);
  LongFunction<Schedule> schedule;

  /** How examples are read and what their loss is. */
  static final class Reading {
    int batchSize = 32;
    int workers = 1;
    Loss loss = Loss.CROSS_ENTROPY;
    @Nullable
    Examples validation;

    private Reading() {}
  }

  /** What is kept on the disk; null: nothing. */
  static final class Files {
    boolean resume;
    @Nullable
    Path checkpoint;
    @Nullable
    Path best;

    private Files() {}
  }

  private Fit(Module module, Forward forward, Backend backend) {
    this.module = module;
    this.forward = forward;
    this.backend = backend;
    schedule = cosine(1e-3);
  }

  /** Training of a layer, a {@link org.swinengine.nn.Sequential} or a {@link org.swinengine.models.Model}. */
  public static Fit of(Layer net, Backend backend) {
    return new Fit(net, net::forward, backend);
  }

  /**
   * Training of another module.
   *
   * @param forward how its output is computed; not called by {@link #run(Batches, Batches, Objective)}
   */
  public static Fit of(Module module, Forward forward, Backend backend) {
    return new Fit(module, forward, backend);
  }

  /** How often all examples are seen; 10 unless said otherwise. */
  public Fit epochs(int number) {
    epochs = atLeastOne("epochs", number);
    return this;
  }

  /** Examples of a forward pass; 32 unless said otherwise. An incomplete last batch is left out. */
  public Fit batchSize(int number) {
    reading.batchSize = atLeastOne("batchSize", number);
    return this;
  }

  /** Batches whose gradients make one optimizer step; 1 unless said otherwise. */
  public Fit accumulate(int batches) {
    accumulationSteps = atLeastOne("accumulationSteps", batches);
    return this;
  }

  /** Chooses first values, order and dropout; 0 unless said otherwise. */
  public Fit seed(long number) {
    seed = number;
    return this;
  }

  /** The highest learning rate, from which half a cosine leads to 0; 1e-3 unless said otherwise. */
  public Fit learningRate(double rate) {
    return schedule(cosine(rate));
  }

  private static LongFunction<Schedule> cosine(double rate) {
    return steps -> Schedule.cosine(rate, 0, 0, 0, steps);
  }

  /**
   * Another way of the learning rate.
   *
   * @param ofSteps gives the schedule of so many steps in all: {@code steps -> Schedule.constant(0.1)}
   */
  public Fit schedule(LongFunction<Schedule> ofSteps) {
    schedule = ofSteps;
    return this;
  }

  /**
   * Another optimizer than AdamW with a weight decay of 0.05.
   *
   * @param over makes it over the net's parameters: {@link Optimizers#sgd Optimizers.sgd(0.9)}, or
   *     {@code arena -> new AdamW(arena, options)}
   */
  public Fit optimizer(Function<ParameterArena, Optimizer> over) {
    optimizer = over;
    return this;
  }

  /**
   * Clips the gradients at a global L2 norm, 0: not at all; unless said, as the optimizer does (AdamW: at 5).
   */
  public Fit clip(double norm) {
    return clip(Clipping.norm(norm));
  }

  /** Clips the gradients in another way: by value, or each row by its weights. */
  public Fit clip(Clipping how) {
    clipping = how;
    return this;
  }

  /**
   * Keeps a moving average of the weights, which is what is measured and what {@link #best} holds. The net
   * itself ends with its own weights.
   *
   * @param options null: no average, as it is unless said otherwise
   */
  public Fit average(WeightAverage.@Nullable Options options) {
    average = options;
    return this;
  }

  /** Another loss than {@link Loss#CROSS_ENTROPY}. */
  public Fit loss(Loss function) {
    reading.loss = function;
    return this;
  }

  /** What is measured after each epoch. */
  public Fit validation(Examples examples) {
    reading.validation = examples;
    return this;
  }

  /** Is told of each epoch, on the calling thread. */
  public Fit listener(Consumer<Epoch> told) {
    listener = told;
    return this;
  }

  /** Ends training when so many epochs have brought no lower {@link Epoch#loss}; 0: never. */
  public Fit patience(int number) {
    patience = number;
    return this;
  }

  /** Threads that prepare examples; 1 unless said otherwise. Results do not depend on it. */
  public Fit workers(int threads) {
    reading.workers = threads;
    return this;
  }

  /** Has a model's blocks computed again in the backward pass, which saves memory; the bits are the same. */
  public Fit checkpointing(boolean on) {
    checkpointing = on;
    return this;
  }

  /**
   * Writes weights and the optimizer's state to a safetensors file after each epoch; what is there is
   * replaced.
   */
  public Fit checkpoint(Path file) {
    files.checkpoint = file;
    return this;
  }

  /** Goes on from the {@link #checkpoint} where there is one. */
  public Fit resume() {
    files.resume = true;
    return this;
  }

  /** Writes the weights of the epoch with the least {@link Epoch#loss} to a safetensors file. */
  public Fit best(Path file) {
    files.best = file;
    return this;
  }

  /**
   * Trains on examples.
   *
   * @throws TrainingDivergedException if a loss or gradient is no finite number
   * @throws org.swinengine.inference.CheckpointException if the checkpoint to resume from is of other
   *     training
   * @throws org.swinengine.weights.WeightFileException if a file cannot be read or written
   * @throws IllegalArgumentException if settings, net and data do not fit together
   * @throws IOException if examples cannot be read
   */
  public Result run(Examples training) throws IOException {
    try (ExampleBatches batches = ExampleBatches.training(training, this);
        ExampleBatches held =
            reading.validation == null ? null : ExampleBatches.evaluation(reading.validation, this)) {
      return new FitRun<>(this, batches, held, new ExampleObjective(this)).run();
    }
  }

  /**
   * Trains on batches of one's own: of several inputs, of other losses, of data that are made on the way.
   * The settings about examples ({@link #batchSize}, {@link #loss}, {@link #validation}, {@link #workers})
   * mean nothing here.
   *
   * @param held batches that are measured after each epoch; null: none
   * @throws IOException as {@link #run(Examples)}, with its other exceptions
   */
  public <B> Result run(Batches<B> training, @Nullable Batches<B> held, Objective<B> objective)
      throws IOException {
    return new FitRun<>(this, training, held, objective).run();
  }

  private static int atLeastOne(String setting, int number) {
    if (number < 1) {
      throw new IllegalArgumentException("`" + setting + "` is " + number + ", but must be at least 1");
    }
    return number;
  }
}
