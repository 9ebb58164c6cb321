package org.swinengine.nn;

import org.jspecify.annotations.Nullable;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.ops.DropPathOp;
import org.swinengine.tensor.Tensor;

/**
 * Stochastic depth for each sample (Huang et al. 2016): a residual branch is dropped with the given
 * probability, and scaled by 1/keep where it is not. A block has two branches and draws for each.
 */
public final class DropPath extends Layer {
  private final double probability;

  /**
   * @param probability of dropping, in [0, 1)
   */
  public DropPath(double probability) {
    if (probability < 0 || probability >= 1) {
      throw new IllegalArgumentException("drop path rate " + probability + " must be at least 0 and below 1");
    }
    this.probability = probability;
  }

  /** The probability of dropping. */
  public double probability() {
    return probability;
  }

  /** The branch {@code x [batch, …]} with some samples dropped: timm's {@code DropPath}. */
  @Override
  public Variable forward(Variable x, ForwardMode mode) {
    Tensor factors = factors(x.backend(), mode, "forward", x.dim(0));
    return factors == null ? x : DropPathOp.apply(x, factors);
  }

  /**
   * The factors of a branch {@code [batch]}; null where nothing is dropped.
   *
   * @param branch name of the branch, which has its own random stream
   */
  public @Nullable Tensor factors(Backend backend, ForwardMode mode, String branch, int batch) {
    if (!mode.training() || probability == 0) {
      return null;
    }
    return DropPathOp.factors(backend, mode.key(path() + "." + branch), mode.firstSample(), batch,
        probability);
  }

  /** Rates of a model's blocks: from 0 for the first, in equal steps, to {@code last} for the last. */
  public static double[] rates(double last, int blocks) {
    double[] rates = new double[blocks];
    for (int i = 0; i < blocks; i++) {
      rates[i] = blocks == 1 ? 0 : last * i / (blocks - 1);
    }
    return rates;
  }
}
