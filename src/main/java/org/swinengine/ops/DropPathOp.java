package org.swinengine.ops;

import java.util.ArrayList;
import java.util.List;
import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.RandomKernels;
import org.swinengine.backend.RandomKey;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.ShapeException;
import org.swinengine.tensor.Tensor;

/**
 * DropPath, or stochastic depth (Huang et al. 2016): a branch is dropped for whole samples. Branches that end
 * in a linear layer take the {@link #factors} themselves ({@link LinearOp#applyResidual}, {@link MlpOp}).
 */
public final class DropPathOp {
  private DropPathOp() {}

  /**
   * {@code y[s, …] = x[s, …]·rowScale[s]}. Saves the factors: {@code dx = dy·rowScale}.
   *
   * @param x {@code [samples, …]}
   * @param rowScale {@code [samples]}
   */
  public static Variable apply(Variable x, Tensor rowScale) {
    ShapeException.check(
        x.shape().rank() > 0 && rowScale.shape().equals(Shape.of(x.dim(0))), "dropPath",
        "x is %s and the factors are %s, but they must be [samples, …] and [samples]", x.shape(),
        rowScale.shape());
    int samples = x.dim(0);
    long columns = samples == 0 ? 0 : x.shape().elements() / samples;
    try (Scope scope = Scope.open()) {
      Tensor y = scope.keep(Tensor.emptyLike(x.value()));
      x.backend().pointwise().scaleRows(samples, columns, x.value(), rowScale, y);
      if (!Tape.records(x)) {
        return Variable.constant(y);
      }
      return Tape.record(
          "dropPath",
          Operands.where(x),
          y,
          new Tensor[] {rowScale},
          flow -> flow.compute(
              x, dx -> x.backend().pointwise().scaleRows(samples, columns, flow.output(), rowScale, dx)));
    }
  }

  /**
   * Draws the factors of samples: 0 with the given probability, else 1/(1 − probability).
   *
   * @param firstSample global index of the first sample, so that a draw does not depend on batching
   * @param dropProbability in [0, 1)
   * @return {@code [samples]}
   */
  public static Tensor factors(
      Backend backend, RandomKey key, long firstSample, int samples, double dropProbability) {
    DropoutOp.checkProbability("dropPath", dropProbability);
    Tensor factors = Tensor.emptyMaster(backend, Shape.of(samples));
    backend.random().dropPathScale(key, firstSample, samples, 1 - dropProbability, factors);
    return factors;
  }

  /**
   * The same of many branches, which a GPU draws at once.
   *
   * @param keys the branches', which differ in their streams alone
   * @param dropProbabilities of the branches
   * @return {@code [branches, samples]}
   */
  public static Tensor factors(
      Backend backend, List<RandomKey> keys, long firstSample, int samples,
      List<Double> dropProbabilities) {
    RandomKey any = keys.get(0);
    List<RandomKernels.Branch> branches = new ArrayList<>();
    for (int i = 0; i < keys.size(); i++) {
      RandomKey key = keys.get(i);
      double drop = dropProbabilities.get(i);
      DropoutOp.checkProbability("dropPath", drop);
      if (key.seed() != any.seed() || key.step() != any.step()) {
        throw new IllegalArgumentException(
            "dropPath: the keys " + any + " and " + key + " are not of one seed and step");
      }
      branches.add(new RandomKernels.Branch(key.stream(), 1 - drop));
    }
    Tensor factors = Tensor.emptyMaster(backend, Shape.of(keys.size(), samples));
    backend.random().dropPathScales(any.seed(), any.step(), branches, firstSample, samples, factors);
    return factors;
  }
}
