package org.swinengine.train;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Later;
import org.swinengine.data.Batch;
import org.swinengine.fit.Step;
import org.swinengine.inference.ModelInput;
import org.swinengine.models.Model;
import org.swinengine.nn.ForwardMode;
import org.swinengine.optim.Optimizer;
import org.swinengine.train.task.TaskLoss;

/** A {@link Step} of a run: its model on its batches. */
final class TrainingStep {
  private final TrainConfig config;
  private final Backend backend;
  private final Model model;
  private final TaskLoss loss;
  private final Step step;

  TrainingStep(
      TrainConfig config, Backend backend, Model model, TaskLoss loss, Optimizer optimizer) {
    this.config = config;
    this.backend = backend;
    this.model = model;
    this.loss = loss;
    this.step = new Step(optimizer, config.accumulationSteps());
  }

  /**
   * Adds the gradients of one batch, whose images may be mixed with each other before.
   *
   * @param input what the batch is
   * @param number of the optimizer step in the run, from 0: the key of all random decisions
   * @param part number of the batch in the step, from 0
   * @return the batch's mean loss
   */
  Later<Double> accumulate(ModelInput input, Batch batch, long number, int part) {
    TaskLoss.Targets targets = loss.targets(input, batch);
    Supplier<Variable> computed = loss(targets, input, batch, number, part);
    double weight = targets.weight();
    return weight > 0 ? step.accumulateWeighted(computed, weight) : step.accumulate(computed);
  }

  private Supplier<Variable> loss(
      TaskLoss.Targets targets, ModelInput input, Batch batch, long number, int part) {
    // A frozen backbone is a fixed function: nothing random in it could regularise anything.
    ForwardMode mode =
        config.fineTuning().freezeIn(batch.epoch()).isBackbone()
            ? ForwardMode.EVALUATION
            : ForwardMode.training(
                config.seed(), Math.toIntExact(number), (long) part * config.batchSize(),
                config.checkpointing());
    return () -> targets.loss(input.logits(model, backend, batch, mode));
  }

  /** Updates the weights from what {@link #accumulate} added; nothing changes if that is not finite. */
  Later<Optimizer.StepResult> update(double learningRate) {
    return step.update(learningRate, config.optimization().clipping());
  }

  /** Forgets what {@link #accumulate} added. */
  void discard() {
    step.discard();
  }

  /** Bytes that the last batch's tape kept for the backward pass. */
  long tapeBytes() {
    return step.tapeBytes();
  }

  /**
   * Runs a batch again, looking at every value.
   *
   * @return where the first number appeared that is not finite, or null if all are
   */
  @Nullable
  String firstNonFinite(ModelInput input, Batch batch, long number, int part) {
    return step.firstNonFinite(loss(loss.targets(input, batch), input, batch, number, part));
  }

  /** The parameter whose gradient has the largest magnitude, for when only the norm overflows. */
  String largestGradient() {
    return step.largestGradient();
  }
}
