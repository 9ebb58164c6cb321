package org.swinengine.optim;

import java.util.function.Function;
import org.swinengine.autograd.ParameterArena;

/** Optimizers by name, to be made when the parameters have their memory: {@code Optimizers.sgd(0.9)}. */
public final class Optimizers {
  private Optimizers() {}

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
}
