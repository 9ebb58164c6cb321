package org.swinengine.optim;

import java.util.Arrays;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.ParameterArena;

/**
 * Optimizers by timm's names, and by methods, to be made when the parameters have their memory:
 * {@code Optimizers.sgd(0.9)}.
 *
 * <p>Weight decay spares biases, norms and position tables, as timm's {@code filter_bias_and_bn} does.
 */
public enum Optimizers {
  /** AdamW, with the moments' decays of PyTorch. */
  ADAMW {
    @Override
    public Optimizer over(ParameterArena arena, Settings settings, ToDoubleFunction<Parameter> rateFactor) {
      return new AdamW(arena, adam(settings), rateFactor);
    }
  },
  /** Adam, whose weight decay goes through the moments. */
  ADAM {
    @Override
    public Optimizer over(ParameterArena arena, Settings settings, ToDoubleFunction<Parameter> rateFactor) {
      return AdamW.coupled(arena, adam(settings), rateFactor);
    }
  },
  /** Stochastic gradient descent with Nesterov's momentum, as timm's {@code sgd} is. */
  SGD {
    @Override
    public Optimizer over(ParameterArena arena, Settings settings, ToDoubleFunction<Parameter> rateFactor) {
      return new Sgd(arena, descent(settings, settings.momentum() > 0), rateFactor);
    }
  },
  /** Stochastic gradient descent with classical momentum. */
  MOMENTUM {
    @Override
    public Optimizer over(ParameterArena arena, Settings settings, ToDoubleFunction<Parameter> rateFactor) {
      return new Sgd(arena, descent(settings, false), rateFactor);
    }
  },
  /** The same as {@link #SGD}. */
  NESTEROV {
    @Override
    public Optimizer over(ParameterArena arena, Settings settings, ToDoubleFunction<Parameter> rateFactor) {
      return SGD.over(arena, settings, rateFactor);
    }
  },
  /** LAMB with timm's defaults; where no clipping is asked for, it clips at the norm 1. */
  LAMB {
    @Override
    public Optimizer over(ParameterArena arena, Settings settings, ToDoubleFunction<Parameter> rateFactor) {
      return new Lamb(
          arena, Lamb.Options.DEFAULT.withWeightDecay(settings.weightDecay(), false), rateFactor);
    }
  };

  /**
   * What optimizers are told.
   *
   * @param weightDecay at least 0
   * @param momentum of the two that have one, in [0, 1)
   */
  public record Settings(double weightDecay, double momentum) {
    /** timm's momentum. */
    public Settings(double weightDecay) {
      this(weightDecay, 0.9);
    }
  }

  /**
   * Makes the optimizer. It clips nothing by itself but for {@link #LAMB}; {@link Optimizer#step(double,
   * Clipping)} says how.
   *
   * @param rateFactor what the learning rate of a step is multiplied with for a parameter
   */
  public abstract Optimizer over(
      ParameterArena arena, Settings settings, ToDoubleFunction<Parameter> rateFactor);

  /** The name as users write it: {@code adamw}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The optimizer of a name.
   *
   * @throws IllegalArgumentException listing the names
   */
  public static Optimizers of(String name) {
    for (Optimizers one : values()) {
      if (one.label().equals(name)) {
        return one;
      }
    }
    throw new IllegalArgumentException(
        "the optimizer is " + name + ", but must be "
            + Arrays.stream(values()).map(Optimizers::label).collect(Collectors.joining(", ")));
  }

  private static AdamW.Options adam(Settings settings) {
    return AdamW.Options.DEFAULT.withWeightDecay(settings.weightDecay(), false).withClipNorm(0);
  }

  private static Sgd.Options descent(Settings settings, boolean nesterov) {
    return new Sgd.Options(settings.momentum(), nesterov, settings.weightDecay(), false);
  }

  /**
   * AdamW with PyTorch's moments and Swin's clipping of gradients at norm 5.
   *
   * @param weightDecay decoupled, of weight matrices alone
   */
  public static Function<ParameterArena, Optimizer> adamW(double weightDecay) {
    return arena -> new AdamW(arena, AdamW.Options.DEFAULT.withWeightDecay(weightDecay, false));
  }

  /**
   * Stochastic gradient descent, without weight decay.
   *
   * @param momentum in [0, 1)
   */
  public static Function<ParameterArena, Optimizer> sgd(double momentum) {
    return arena -> new Sgd(arena, new Sgd.Options(momentum, false, 0, false));
  }

  /**
   * LAMB with timm's defaults.
   *
   * @param weightDecay of weight matrices alone
   */
  public static Function<ParameterArena, Optimizer> lamb(double weightDecay) {
    return arena -> new Lamb(arena, Lamb.Options.DEFAULT.withWeightDecay(weightDecay, false));
  }
}
