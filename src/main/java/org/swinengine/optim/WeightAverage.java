package org.swinengine.optim;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.backend.OptimizerKernels;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/**
 * An exponential moving average of the trained weights (timm's {@code ModelEmaV3}), updated after each
 * optimizer step, and put in the weights' place while they are evaluated or saved:
 *
 * <pre>{@code
 * optimizer.step(rate);
 * average.update(optimizer);
 * ...
 * try (WeightAverage.Swap swap = average.swapIn()) {
 *   evaluate(model);
 * }
 * }</pre>
 *
 * <p>Frozen weights need no average. It takes as much memory as the trained weights.
 */
public final class WeightAverage {
  /** Elements that change places at once. */
  private static final int CHUNK = 1 << 20;

  /**
   * @param decay share of the average that stays in each update, in [0, 1); 0.9999 in timm
   * @param minDecay least share while it warms up
   * @param updateAfterStep steps up to which the average is a copy of the weights
   * @param warmUp whether the share grows from {@code minDecay}: {@code 1 − (1 + t/gamma)^−power}
   * @param warmUpGamma 1 in timm
   * @param warmUpPower 2/3 in timm, for a million steps; 3/4 reaches 0.9999 at 215,400
   */
  public record Options(
      double decay,
      double minDecay,
      long updateAfterStep,
      boolean warmUp,
      double warmUpGamma,
      double warmUpPower) {
    /** Checks the ranges. */
    public Options {
      if (!(decay >= 0 && decay < 1) || !(minDecay >= 0 && minDecay <= decay) || updateAfterStep < 0) {
        throw new IllegalArgumentException(
            "the average's decay is " + decay + " and at least " + minDecay + ", after step "
                + updateAfterStep
                + ", but must be at least 0 and below 1, the least one not above it, and the"
                + " step at least 0");
      }
      if (!(warmUpGamma > 0 && warmUpPower > 0)) {
        throw new IllegalArgumentException(
            "the average warms up with gamma " + warmUpGamma + " and power " + warmUpPower
                + ", but both must be above 0");
      }
    }

    /** Of one decay, as timm's {@code --model-ema}. */
    public static Options of(double decay) {
      return new Options(decay, 0, 0, false, 1, 2 / 3.0);
    }

    /** The same with a decay that grows, as timm's {@code --model-ema-warmup}. */
    public Options warmingUp() {
      return new Options(decay, minDecay, updateAfterStep, true, warmUpGamma, warmUpPower);
    }

    /**
     * The share of the average that stays in the update after a step.
     *
     * @param step number of the optimizer step, from 1
     */
    public double decay(long step) {
      long t = Math.max(0, step - updateAfterStep - 1);
      if (t == 0) {
        return 0;
      }
      double growing = warmUp ? 1 - StrictMath.pow(1 + t / warmUpGamma, -warmUpPower) : decay;
      return Math.max(Math.min(growing, decay), minDecay);
    }
  }

  private final Options options;
  private ParameterArena arena;
  private Tensor average;
  private boolean isSwapped;

  /** Whose steps keep the average up by themselves. */
  private @Nullable Optimizer keeper;

  /** Begins with the weights as they are. */
  public WeightAverage(ParameterArena arena, Options options) {
    this.options = options;
    this.arena = arena;
    average = copy(arena);
  }

  private static Tensor copy(ParameterArena arena) {
    try (Scope scope = Scope.detached()) {
      Tensor made = Tensor.emptyMaster(arena.backend(), arena.gradients().shape());
      arena.backend().memory().copy(arena.values(), made, arena.trainableSize());
      return made;
    }
  }

  /**
   * Takes the weights of a step in.
   *
   * @param step number of the optimizer step that made them, from 1
   * @throws IllegalStateException if an optimizer's steps keep the average up ({@link #keptBy})
   */
  public void update(long step) {
    if (keeper != null) {
      throw new IllegalStateException(
          "the optimizer's steps keep this average up; call update(optimizer), which knows it");
    }
    update(step, null);
  }

  /**
   * Takes the weights in that the last step of an optimizer makes, which may still be on its way; nothing
   * changes where that turns out not to be finite. Where the optimizer's steps keep the average up themselves
   * ({@link #keptBy}), it is done already.
   */
  public void update(Optimizer optimizer) {
    if (optimizer != keeper) {
      update(optimizer.steps(), optimizer.control());
    }
  }

  /**
   * Asks an optimizer over the same arena to keep the average up with each of its steps, with the same bits.
   *
   * @return this
   */
  public WeightAverage keptBy(Optimizer optimizer) {
    requireOver(optimizer.arena());
    keeper = optimizer.keepUp(this) ? optimizer : null;
    return this;
  }

  /** Throws unless an optimizer's step over an arena may take the weights in. */
  void requireOver(ParameterArena stepped) {
    requireInPlace();
    if (stepped != arena) {
      throw new IllegalStateException(
          "the average is of another arena than the optimizer's; moveTo must move both");
    }
  }

  /** What a step's kernel needs for a part of the arena. */
  OptimizerKernels.Average part(long from, Shape shape, long step) {
    return new OptimizerKernels.Average(average.slice(from, shape), options.decay(step));
  }

  private void update(long step, @Nullable Tensor control) {
    requireInPlace();
    arena
        .backend()
        .optimizer()
        .movingAverage(arena.trainableSize(), options.decay(step), control, arena.values(), average);
  }

  /** The arena whose weights are averaged. */
  public ParameterArena arena() {
    return arena;
  }

  /** The average, in the layout of the arena's trained part, to be saved and restored. */
  public Tensor values() {
    requireInPlace();
    return average;
  }

  /** Ends what {@link #swapIn} began. */
  public interface Swap extends AutoCloseable {
    /** Puts the weights back, with the bits that they had. */
    @Override
    void close();
  }

  /** Puts the average in the weights' place; the weights are kept meanwhile. */
  public Swap swapIn() {
    requireInPlace();
    exchange();
    isSwapped = true;
    return () -> {
      if (isSwapped) {
        exchange();
        isSwapped = false;
      }
    };
  }

  private void exchange() {
    long n = arena.trainableSize();
    try (Scope scope = Scope.open()) {
      Tensor kept = Tensor.emptyMaster(arena.backend(), Shape.of((int) Math.min(n, CHUNK)));
      for (long from = 0; from < n; from += CHUNK) {
        Shape part = Shape.of((int) Math.min(n - from, CHUNK));
        Tensor weights = arena.values().slice(from, part);
        Tensor averages = average.slice(from, part);
        arena.backend().memory().copy(weights, kept, part.elements());
        arena.backend().memory().copy(averages, weights, part.elements());
        arena.backend().memory().copy(kept, averages, part.elements());
      }
    }
    arena.touch();
  }

  /**
   * Goes on over another arena of the same parameters, of which others are trained. The average of one that
   * joins begins with its weights; that of one that leaves is forgotten.
   */
  public void moveTo(ParameterArena other) {
    requireInPlace();
    Map<String, Tensor> before = new HashMap<>();
    for (int i = 0; i < arena.trainedCount(); i++) {
      Parameter parameter = arena.parameters().get(i);
      before.put(parameter.path(), average.slice(arena.offset(i), parameter.shape()));
    }
    average = copy(other);
    for (int i = 0; i < other.trainedCount(); i++) {
      Parameter parameter = other.parameters().get(i);
      Tensor was = before.get(parameter.path());
      if (was != null) {
        Tensor to = average.slice(other.offset(i), parameter.shape());
        other.backend().memory().copy(was, to, parameter.shape().elements());
      }
    }
    arena = other;
  }

  private void requireInPlace() {
    if (isSwapped) {
      throw new IllegalStateException("the average is in the weights' place; close the swap first");
    }
  }
}
