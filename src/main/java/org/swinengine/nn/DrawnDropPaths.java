package org.swinengine.nn;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.RandomKey;
import org.swinengine.ops.DropPathOp;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/**
 * The factors of all {@link DropPath}s of a model for one pass, drawn before it: a GPU makes one launch of it
 * where each branch's own would be some twenty. They are what each would draw by itself.
 */
public final class DrawnDropPaths {
  /** Row of the first branch's factors. */
  private final Map<DropPath, Integer> rows;
  private final Tensor factors;

  private DrawnDropPaths(Map<DropPath, Integer> rows, Tensor factors) {
    this.rows = rows;
    this.factors = factors;
  }

  /**
   * Draws the factors of a model's branches; null where nothing is dropped.
   *
   * @param samples of the batch, the first of which is the mode's
   */
  static @Nullable DrawnDropPaths of(Module model, Backend backend, ForwardMode mode, int samples) {
    if (!mode.training() || samples == 0) {
      return null;
    }
    Map<DropPath, Integer> rows = new IdentityHashMap<>();
    List<RandomKey> keys = new ArrayList<>();
    List<Double> probabilities = new ArrayList<>();
    model.forEachPart(part -> {
      if (part instanceof DropPath dropPath && dropPath.probability() > 0) {
        rows.put(dropPath, keys.size());
        for (String branch : dropPath.branches()) {
          keys.add(dropPath.key(mode, branch));
          probabilities.add(dropPath.probability());
        }
      }
    });
    return keys.isEmpty()
        ? null
        : new DrawnDropPaths(
            rows, DropPathOp.factors(backend, keys, mode.firstSample(), samples, probabilities));
  }

  /**
   * The factors {@code [samples]} of a branch; null where they were not drawn here.
   *
   * @param branch its number among the module's, −1 for none of them
   * @param samples of the batch
   */
  @Nullable
  Tensor factors(DropPath dropPath, int branch, int samples) {
    Integer first = rows.get(dropPath);
    if (first == null || branch < 0 || samples != factors.dim(1)) {
      return null;
    }
    return factors.slice((long) (first + branch) * samples, Shape.of(samples));
  }

  /** What has to be kept for a block that is computed again. */
  public Tensor factors() {
    return factors;
  }
}
