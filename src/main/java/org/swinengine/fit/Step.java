package org.swinengine.fit;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.swinengine.autograd.NonFiniteException;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Later;
import org.swinengine.ops.ScaleOp;
import org.swinengine.optim.Clipping;
import org.swinengine.optim.Gradients;
import org.swinengine.optim.Optimizer;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/**
 * One optimizer step over any net: forward and backward passes whose gradients add up, then the update.
 *
 * <p>Nothing here waits for a device. Losses and what an update found come {@link Later}: whoever asks for
 * them when the next step is under way keeps a GPU busy all the time. A step that is not finite changes
 * nothing, nor does one that was begun before that became known; see {@link Optimizer#begin}.
 */
public final class Step {
  private final Optimizer optimizer;
  private final int parts;
  private long tapeBytes;

  /** Those of the parts that were added, each with a reference of this step. */
  private final List<Tensor> losses = new ArrayList<>();

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
   * @return the loss; where it is no finite number {@link #update} changes nothing
   */
  public Later<Double> accumulate(Supplier<Variable> loss) {
    return add(loss, 1.0 / parts);
  }

  /**
   * Adds the gradients of one part that counts for as much of the step as it has of the samples, or of the
   * weights of samples: where parts differ in size, or means are weighted, the sum is the gradient of one
   * batch with all of them, but for rounding.
   *
   * @param loss computes the part's mean loss
   * @param share of the part in the step: what its mean was divided by, over the same of all parts; the
   *     shares of a step add up to 1
   * @return the loss, not multiplied by its share
   */
  public Later<Double> accumulate(Supplier<Variable> loss, double share) {
    if (!(share >= 0 && share <= 1)) {
      throw new IllegalArgumentException("a part's share is " + share + ", but must be from 0 to 1");
    }
    return add(loss, share);
  }

  /**
   * The same where the weight of all parts is not known beforehand: {@link #update} brings them to what they
   * have of the sum. Parts of one weight give the bits of {@link #accumulate(Supplier)}.
   *
   * @param loss computes the part's mean loss
   * @param weight what the mean was divided by, above 0: the number of samples, or the sum of their weights
   * @return the loss
   */
  public Later<Double> accumulateWeighted(Supplier<Variable> loss, double weight) {
    if (!(weight > 0 && weight < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("a part's weight is " + weight + ", but must be above 0");
    }
    firstWeight = totalWeight == 0 ? weight : firstWeight;
    totalWeight += weight;
    return add(loss, weight / (firstWeight * parts));
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
  }

  private void forgetParts() {
    firstWeight = 0;
    totalWeight = 0;
    losses.forEach(loss -> loss.buffer().release());
    losses.clear();
  }

  private Later<Double> add(Supplier<Variable> computed, double share) {
    List<Later<Double>> value = new ArrayList<>(1);
    long kept =
        Gradients.add(
            () -> {
              Variable loss = computed.get();
              loss.value().buffer().retain();
              losses.add(loss.value());
              Later<Double> number = loss.value().toDoublesLater().map(numbers -> numbers[0]);
              value.add(number);
              // Where the number is there, a backward pass would be for nothing.
              return number.isThere() && !Double.isFinite(number.get()) ? null : shared(loss, share);
            });
    tapeBytes = kept > 0 ? kept : tapeBytes;
    return value.get(0);
  }

  private static Variable shared(Variable loss, double share) {
    return share != 1 ? ScaleOp.apply(loss, share) : loss;
  }

  /**
   * Updates the weights from what {@link #accumulate(Supplier)} added; nothing changes if that, or a loss, is
   * not finite.
   *
   * @return what it found
   */
  public Later<Optimizer.StepResult> update(double learningRate) {
    return begin(learningRate, null);
  }

  /** The same with the gradients clipped at a norm; 0: not clipped. */
  public Later<Optimizer.StepResult> update(double learningRate, double clipNorm) {
    return begin(learningRate, Clipping.norm(clipNorm));
  }

  /** The same with the gradients clipped in another way. */
  public Later<Optimizer.StepResult> update(double learningRate, Clipping clipping) {
    return begin(learningRate, clipping);
  }

  private Later<Optimizer.StepResult> begin(double learningRate, @Nullable Clipping clipping) {
    complete();
    try (Scope scope = Scope.open()) {
      Later<Optimizer.StepResult> result = optimizer.begin(learningRate, clipping, gathered());
      forgetParts();
      return result;
    }
  }

  /** The losses side by side, in the precision of losses; null without any. */
  private @Nullable Tensor gathered() {
    if (losses.isEmpty() || losses.size() == 1 && isMaster(losses.get(0))) {
      return losses.isEmpty() ? null : losses.get(0);
    }
    Tensor all = Tensor.emptyMaster(optimizer.arena().backend(), Shape.of(losses.size()));
    for (int i = 0; i < losses.size(); i++) {
      all.backend().memory().copy(losses.get(i), all.slice(i, Shape.of(1)), 1);
    }
    return all;
  }

  private static boolean isMaster(Tensor loss) {
    return loss.dtype() == loss.backend().masterType();
  }

  /** Forgets what {@link #accumulate(Supplier)} added. */
  public void discard() {
    forgetParts();
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
      Gradients.addVerifying(() -> shared(loss.get(), 1.0 / parts));
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
