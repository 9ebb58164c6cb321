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

  /** Counts a model; without parts where its family does not count. */
  public static ModelCost of(ModelSpec spec) {
    return new ModelCost(ModelFamilies.of(spec).costs(spec));
  }

  /**
   * Multiply-adds of attention with its projections (section 3.2 of the Swin paper): 4·hw·C² + 2·M²·hw·C.
   *
   * @param tokens hw
   * @param attended M², the tokens that each token attends to
   * @param dim C, channels
   */
  public static long attention(long tokens, long attended, long dim) {
    return 4 * tokens * dim * dim + 2 * tokens * attended * dim;
  }
}
