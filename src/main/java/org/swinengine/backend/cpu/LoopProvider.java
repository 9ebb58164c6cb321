package org.swinengine.backend.cpu;

import org.swinengine.backend.cpu.attention.AttentionLoops;
import org.swinengine.backend.cpu.matrix.MatrixTiles;
import org.swinengine.backend.cpu.norm.LayerNormRows;
import org.swinengine.backend.cpu.norm.NormLoops;
import org.swinengine.backend.cpu.optimizer.OptimizerLoops;
import org.swinengine.backend.cpu.pointwise.PointwiseLoops;
import org.swinengine.backend.cpu.reduce.ReduceLoops;
import org.swinengine.backend.cpu.simd.Simd;

/**
 * The inner loops of all families: on vectors, or their scalar twins with the same bits. A backend asks once,
 * when it is opened, and hands each family its own; nothing else knows that there are two.
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

  /** Of products and epilogues. */
  MatrixTiles matrixTiles();

  /** Of one head. */
  AttentionLoops attentionLoops();

  /** Of statistics and normalisation, in norms and in the prologues of products. */
  LayerNormRows layerNormRows();

  /** Of LayerNorm's gradient. */
  NormLoops normLoops();

  /** Of elements, also of sums of rows and of losses. */
  PointwiseLoops pointwiseLoops();

  /** Of rows that become a number. */
  ReduceLoops reduceLoops();

  /** Of parameters and their moments. */
  OptimizerLoops optimizerLoops();
}
