package org.swinengine.fit;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.swinengine.autograd.NonFiniteException;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.autograd.Variable;
import org.swinengine.ops.ScaleOp;
import org.swinengine.optim.Clipping;
import org.swinengine.optim.Gradients;
import org.swinengine.optim.Optimizer;
import org.swinengine.tensor.Tensor;

/** One optimizer step over any net: forward and backward passes whose gradients add up, then the update. */
public final class Step {
  private final Optimizer optimizer;
  private final int parts;
  private long tapeBytes;

  /** What the first part of the step weighed, and all that were added; 0 where no weights were given. */
  private double firstWeight;
  private double totalWeight;

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
    return accumulate(loss, 1.0 / parts, false);
  }

  /**
   * Adds the gradients of one part that counts for as much of the step as it has of the samples, or of the
   * weights of samples: where parts differ in size, or means are weighted, the sum is the gradient of one
   * batch with all of them, but for rounding.
   *
   * @param loss computes the part's mean loss
   * @param share of the part in the step: what its mean was divided by, over the same of all parts; the
   *     shares of a step add up to 1
   * @return the loss, not multiplied by its share; where it is no finite number no gradient is computed
   */
  public double accumulate(Supplier<Variable> loss, double share) {
    if (!(share >= 0 && share <= 1)) {
      throw new IllegalArgumentException("a part's share is " + share + ", but must be from 0 to 1");
    }
    return accumulate(loss, share, false);
  }

  /**
   * The same where the weight of all parts is not known beforehand: {@link #update} brings them to what they
   * have of the sum. Parts of one weight give the bits of {@link #accumulate(Supplier)}.
   *
   * @param loss computes the part's mean loss
   * @param weight what the mean was divided by, above 0: the number of samples, or the sum of their weights
   * @return the loss
   */
  public double accumulateWeighted(Supplier<Variable> loss, double weight) {
    if (!(weight > 0 && weight < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("a part's weight is " + weight + ", but must be above 0");
    }
    firstWeight = totalWeight == 0 ? weight : firstWeight;
    totalWeight += weight;
    return accumulate(loss, weight / (firstWeight * parts), false);
  }

  /** Brings gradients of parts that were weighed by the first one to the mean over all. */
  private void complete() {
    double assumed = firstWeight * parts;
    if (totalWeight > 0 && totalWeight != assumed) {
      ParameterArena arena = optimizer.arena();
      arena.completeGradients();
      Tensor gradients = arena.gradients();
      arena
          .backend()
          .pointwise()
          .scale(arena.trainableSize(), assumed / totalWeight, gradients, gradients);
    }
    forgetWeights();
  }

  private void forgetWeights() {
    firstWeight = 0;
    totalWeight = 0;
  }

  private double accumulate(Supplier<Variable> computed, double share, boolean verifying) {
    double[] value = new double[1];
    Supplier<Variable> part =
        () -> {
          Variable loss = computed.get();
          value[0] = loss.value().item();
          if (!verifying && !Double.isFinite(value[0])) {
            return null;
          }
          return share != 1 ? ScaleOp.apply(loss, share) : loss;
        };
    long kept = verifying ? Gradients.addVerifying(part) : Gradients.add(part);
    tapeBytes = kept > 0 ? kept : tapeBytes;
    return value[0];
  }

  /**
   * Updates the weights from what {@link #accumulate(Supplier)} added; nothing changes if that is not
   * finite.
   */
  public Optimizer.StepResult update(double learningRate) {
    complete();
    return optimizer.step(learningRate);
  }

  /** The same with the gradients clipped at a norm; 0: not clipped. */
  public Optimizer.StepResult update(double learningRate, double clipNorm) {
    complete();
    return optimizer.step(learningRate, clipNorm);
  }

  /** The same with the gradients clipped in another way. */
  public Optimizer.StepResult update(double learningRate, Clipping clipping) {
    complete();
    return optimizer.step(learningRate, clipping);
  }

  /** Forgets what {@link #accumulate(Supplier)} added. */
  public void discard() {
    forgetWeights();
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
  public @Nullable String firstNonFinite(Supplier<Variable> loss) {
    try {
      accumulate(loss, 1.0 / parts, true);
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
      Tensor gradient = parameter.hasGradient() ? parameter.gradient() : null;
      for (double value : gradient == null ? new double[0] : gradient.toDoubles()) {
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
