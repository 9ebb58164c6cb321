package org.swinengine.nn;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.RandomKey;
import org.swinengine.ops.DropPathOp;
import org.swinengine.tensor.Tensor;

/**
 * Stochastic depth for each sample (Huang et al. 2016): a residual branch is dropped with the given
 * probability, and scaled by 1/keep where it is not. A block has two branches and draws for each.
 */
public final class DropPath extends Layer {
  private static final String FORWARD = "forward";

  private final double probability;
  private final List<String> branches;

  /**
   * One branch, {@code forward}'s.
   *
   * @param probability of dropping, in [0, 1)
   */
  public DropPath(double probability) {
    this(probability, FORWARD);
  }

  /**
   * Several.
   *
   * @param probability of dropping, in [0, 1)
   * @param branches names of all that {@link #factors} will be asked for; they are drawn together
   */
  public DropPath(double probability, String... branches) {
    if (probability < 0 || probability >= 1) {
      throw new IllegalArgumentException("drop path rate " + probability + " must be at least 0 and below 1");
    }
    this.probability = probability;
    this.branches = List.of(branches);
  }

  /** The probability of dropping. */
  public double probability() {
    return probability;
  }

  /** The branch {@code x [batch, …]} with some samples dropped: timm's {@code DropPath}. */
  @Override
  public Variable forward(Variable x, ForwardMode mode) {
    Tensor factors = factors(x.backend(), mode, FORWARD, x.dim(0));
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
    DrawnDropPaths drawn = mode.dropPaths();
    Tensor together = drawn == null ? null : drawn.factors(this, branches.indexOf(branch), batch);
    return together != null
        ? together
        : DropPathOp.factors(backend, key(mode, branch), mode.firstSample(), batch, probability);
  }

  List<String> branches() {
    return branches;
  }

  /** The random stream of a branch. */
  RandomKey key(ForwardMode mode, String branch) {
    return mode.key(path() + "." + branch);
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
