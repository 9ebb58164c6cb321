package org.swinengine.train;

import java.util.function.Supplier;
import org.swinengine.autograd.NonFiniteException;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.DType;
import org.swinengine.data.Batch;
import org.swinengine.inference.ModelInput;
import org.swinengine.models.Model;
import org.swinengine.nn.ForwardMode;
import org.swinengine.ops.CrossEntropyOp;
import org.swinengine.ops.ScaleOp;
import org.swinengine.optim.AdamW;
import org.swinengine.optim.Gradients;
import org.swinengine.optim.Optimizer;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/** One optimizer step: forward and backward passes whose gradients add up, then the update. */
final class TrainingStep {
  private final TrainConfig config;
  private final Backend backend;
  private final Model model;
  private final ParameterArena arena;
  private final AdamW optimizer;
  private long tapeBytes;

  TrainingStep(
      TrainConfig config,
      Backend backend,
      Model model,
      ParameterArena arena,
      AdamW optimizer) {
    this.config = config;
    this.backend = backend;
    this.model = model;
    this.arena = arena;
    this.optimizer = optimizer;
  }

  /**
   * Adds the gradients of one batch.
   *
   * @param input what the batch is
   * @param step number of the optimizer step in the run, from 0: the key of all random decisions
   * @param part number of the batch in the step, from 0
   * @return the batch's mean loss
   */
  double accumulate(ModelInput input, Batch batch, long step, int part) {
    return accumulate(input, batch, step, part, false);
  }

  private double accumulate(ModelInput input, Batch batch, long step, int part, boolean verifying) {
    int n = batch.size();
    // A frozen backbone is a fixed function: nothing random in it could regularise anything.
    ForwardMode mode =
        config.fineTuning().freeze().isBackbone()
            ? ForwardMode.EVALUATION
            : ForwardMode.training(
                config.seed(), Math.toIntExact(step), (long) part * config.batchSize(), config.checkpointing());
    double[] value = new double[1];
    Supplier<Variable> loss =
        () -> {
          Tensor labels = Tensor.empty(backend, DType.INT32, Shape.of(n));
          backend.memory().upload(batch.labels(), 0, labels, n);
          Variable logits = input.logits(model, backend, batch, mode);
          Variable mean = CrossEntropyOp.apply(logits, labels, config.labelSmoothing());
          value[0] = mean.value().item();
          if (!verifying && !Double.isFinite(value[0])) {
            return null;
          }
          int parts = config.accumulationSteps();
          return parts > 1 ? ScaleOp.apply(mean, 1.0 / parts) : mean;
        };
    long kept = verifying ? Gradients.addVerifying(loss) : Gradients.add(loss);
    tapeBytes = kept > 0 ? kept : tapeBytes;
    return value[0];
  }

  /** Updates the weights from what {@link #accumulate} added; nothing changes if that is not finite. */
  Optimizer.StepResult update(double learningRate) {
    return optimizer.step(learningRate);
  }

  /** Forgets what {@link #accumulate} added. */
  void discard() {
    arena.clearGradients();
  }

  /** Bytes that the last batch's tape kept for the backward pass. */
  long tapeBytes() {
    return tapeBytes;
  }

  /**
   * Runs a batch again, looking at every value.
   *
   * @return where the first number appeared that is not finite, or null if all are
   */
  String firstNonFinite(ModelInput input, Batch batch, long step, int part) {
    try {
      accumulate(input, batch, step, part, true);
      return null;
    } catch (NonFiniteException e) {
      return e.getMessage();
    }
  }

  /** The parameter whose gradient has the largest magnitude, for when only the norm overflows. */
  String largestGradient() {
    Parameter worst = null;
    double largest = -1;
    for (Parameter parameter : arena.parameters()) {
      for (double value : parameter.hasGradient() ? parameter.gradient().toDoubles() : new double[0]) {
        // Negated, so that NaN counts as the largest of all and stays it.
        if (!Double.isNaN(largest) && !(Math.abs(value) <= largest)) {
          largest = Math.abs(value);
          worst = parameter;
        }
      }
    }
    return worst == null
        ? "the gradient norm is not finite"
        : "the gradient norm is not finite; the largest gradient, " + largest + ", is that of "
        + worst.path();
  }
}
