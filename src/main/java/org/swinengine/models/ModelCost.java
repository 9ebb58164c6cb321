package org.swinengine.models;

import java.util.List;

/**
 * What a model costs for one image, counted as the original repository's counter does: a multiply-add is
 * one operation; softmax, GELU, biases and residual additions are free; a norm costs one operation an
 * element.
 *
 * @param stages the parts in order
 */
public record ModelCost(List<Stage> stages) {
  /**
   * @param name of the part, e.g. {@code layers.1}
   * @param tokens {@code height × width} at its blocks; empty where it has none
   * @param operations multiply-adds
   * @param windowAttention multiply-adds of its attention as it is: projections and products within windows
   * @param globalAttention the same if every token attended to every other
   */
  public record Stage(
      String name, String tokens, long operations, long windowAttention, long globalAttention) {}

  /** Multiply-adds of the whole model. */
  public long operations() {
    return stages.stream().mapToLong(Stage::operations).sum();
  }

  /**
   * Counts a model; without parts where its family does not count.
   *
   * @throws ModelConfigException if there is no number for it
   */
  public static ModelCost of(ModelSpec spec) {
    try {
      ModelCost cost = new ModelCost(ModelFamilies.of(spec).costs(spec));
      sum(cost.stages.stream().mapToLong(Stage::globalAttention).toArray());
      sum(cost.stages.stream().mapToLong(Stage::operations).toArray());
      return cost;
    } catch (ArithmeticException e) {
      throw new ModelConfigException(
          "model configuration: what " + spec.name() + " computes for images of " + spec.imageHeight() + "×"
              + spec.imageWidth() + " pixels is more than can be counted; give smaller sizes");
    }
  }

  /** @throws ArithmeticException if it is too large for a long */
  public static long product(long... factors) {
    long product = 1;
    for (long factor : factors) {
      product = Math.multiplyExact(product, factor);
    }
    return product;
  }

  /** @throws ArithmeticException if it is too large for a long */
  public static long sum(long... terms) {
    long sum = 0;
    for (long term : terms) {
      sum = Math.addExact(sum, term);
    }
    return sum;
  }

  /**
   * Multiply-adds of attention with its projections (section 3.2 of the Swin paper): 4·hw·C² + 2·M²·hw·C.
   *
   * @param tokens hw
   * @param attended M², the tokens that each token attends to
   * @param dim C, channels
   */
  public static long attention(long tokens, long attended, long dim) {
    return sum(product(4, tokens, dim, dim), product(2, tokens, attended, dim));
  }
}
