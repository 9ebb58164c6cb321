package org.swinengine.backend.cpu;

/**
 * The inner loops of all families: on vectors, or their scalar twins with the same bits. A backend asks once, when it is
 * opened, and hands each family its own; nothing else knows that there are two.
 */
interface LoopProvider {
  /**
   * What {@code -Dswin.simd}, the Java virtual machine and the processor allow.
   *
   * @throws IllegalArgumentException with a sentence for the user if {@code swin.simd} cannot be met
   */
  static LoopProvider chosen() {
    return Simd.isVector() ? new VectorLoops() : new ScalarLoops(Simd.why());
  }

  /** Bits of the vectors; 0: scalar loops. */
  int vectorBits();

  /** Why these loops, in a few words. */
  String why();

  MatrixTiles matrixTiles();

  AttentionLoops attentionLoops();

  LayerNormRows layerNormRows();

  NormLoops normLoops();

  PointwiseLoops pointwiseLoops();

  ReduceLoops reduceLoops();

  OptimizerLoops optimizerLoops();
}
