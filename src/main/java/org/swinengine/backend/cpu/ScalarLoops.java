package org.swinengine.backend.cpu;

import org.swinengine.backend.cpu.attention.AttentionLoops;
import org.swinengine.backend.cpu.attention.ScalarAttentionLoops;
import org.swinengine.backend.cpu.matrix.MatrixTiles;
import org.swinengine.backend.cpu.matrix.ScalarMatrixTiles;
import org.swinengine.backend.cpu.norm.LayerNormRows;
import org.swinengine.backend.cpu.norm.NormLoops;
import org.swinengine.backend.cpu.norm.ScalarLayerNormRows;
import org.swinengine.backend.cpu.norm.ScalarNorm;
import org.swinengine.backend.cpu.optimizer.OptimizerLoops;
import org.swinengine.backend.cpu.optimizer.ScalarOptimizer;
import org.swinengine.backend.cpu.pointwise.PointwiseLoops;
import org.swinengine.backend.cpu.pointwise.ScalarPointwise;
import org.swinengine.backend.cpu.reduce.ReduceLoops;
import org.swinengine.backend.cpu.reduce.ScalarReduce;

/** The scalar twins of the loops on vectors. */
final class ScalarLoops implements LoopProvider {
  private final String why;

  ScalarLoops(String why) {
    this.why = why;
  }

  @Override
  public int vectorBits() {
    return 0;
  }

  @Override
  public String why() {
    return why;
  }

  @Override
  public MatrixTiles matrixTiles() {
    return new ScalarMatrixTiles();
  }

  @Override
  public AttentionLoops attentionLoops() {
    return new ScalarAttentionLoops();
  }

  @Override
  public LayerNormRows layerNormRows() {
    return new ScalarLayerNormRows();
  }

  @Override
  public NormLoops normLoops() {
    return new ScalarNorm();
  }

  @Override
  public PointwiseLoops pointwiseLoops() {
    return new ScalarPointwise();
  }

  @Override
  public ReduceLoops reduceLoops() {
    return new ScalarReduce();
  }

  @Override
  public OptimizerLoops optimizerLoops() {
    return new ScalarOptimizer();
  }
}
