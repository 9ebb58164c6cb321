package org.swinengine.fit;

import java.util.function.Supplier;
import org.swinengine.autograd.NonFiniteException;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.Variable;
import org.swinengine.ops.ScaleOp;
import org.swinengine.optim.Gradients;
import org.swinengine.optim.Optimizer;

/** One optimizer step over any net: forward and backward passes whose gradients add up, then the update. */
public final class Step {
  private final Optimizer optimizer;
  private final int parts;
  private long tapeBytes;

  /**
   * @param parts batches whose mean gradient makes a step; at least 1
   */
  public Step(Optimizer optimizer, int parts) {
    this.optimizer = optimizer;
    this.parts = parts;
  }

  /**
   * Adds the gradients of one part.
   *
   * @param loss computes its mean loss; called within a scope, while a tape is open
   * @return the loss; where it is no finite number no gradient is computed
   */
  public double accumulate(Supplier<Variable> loss) {
    return accumulate(loss, false);
  }

  private double accumulate(Supplier<Variable> computed, boolean verifying) {
    double[] value = new double[1];
    Supplier<Variable> part =
        () -> {
          Variable loss = computed.get();
          value[0] = loss.value().item();
          if (!verifying && !Double.isFinite(value[0])) {
            return null;
          }
          return parts > 1 ? ScaleOp.apply(loss, 1.0 / parts) : loss;
        };
    long kept = verifying ? Gradients.addVerifying(part) : Gradients.add(part);
    tapeBytes = kept > 0 ? kept : tapeBytes;
    return value[0];
  }

  /** Updates the weights from what {@link #accumulate} added; nothing changes if that is not finite. */
  public Optimizer.StepResult update(double learningRate) {
    return optimizer.step(learningRate);
  }

  /** The same with the gradients clipped at a norm; 0: not clipped. */
  public Optimizer.StepResult update(double learningRate, double clipNorm) {
    return optimizer.step(learningRate, clipNorm);
  }

  /** Forgets what {@link #accumulate} added. */
  public void discard() {
    optimizer.arena().clearGradients();
  }

  /** Bytes that the last part's tape kept for the backward pass. */
  public long tapeBytes() {
    return tapeBytes;
  }

  /**
   * Runs a part again, looking at every value.
   *
   * @return where the first number appeared that is not finite, or null if all are
   */
  public String firstNonFinite(Supplier<Variable> loss) {
    try {
      accumulate(loss, true);
      return null;
    } catch (NonFiniteException e) {
      return e.getMessage();
    }
  }

  /** The parameter whose gradient has the largest magnitude, for when only the norm overflows. */
  public String largestGradient() {
    Parameter worst = null;
    double largest = -1;
    for (Parameter parameter : optimizer.arena().parameters()) {
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
