package org.swinengine.backend.cpu;

import org.swinengine.backend.cpu.attention.AttentionLoops;
import org.swinengine.backend.cpu.attention.VectorAttentionLoops;
import org.swinengine.backend.cpu.matrix.MatrixTiles;
import org.swinengine.backend.cpu.matrix.VectorMatrixTiles;
import org.swinengine.backend.cpu.norm.LayerNormRows;
import org.swinengine.backend.cpu.norm.NormLoops;
import org.swinengine.backend.cpu.norm.VectorLayerNormRows;
import org.swinengine.backend.cpu.norm.VectorNorm;
import org.swinengine.backend.cpu.optimizer.OptimizerLoops;
import org.swinengine.backend.cpu.optimizer.VectorOptimizer;
import org.swinengine.backend.cpu.peak.FmaChains;
import org.swinengine.backend.cpu.peak.VectorFmaChains;
import org.swinengine.backend.cpu.pointwise.PointwiseLoops;
import org.swinengine.backend.cpu.pointwise.VectorPointwise;
import org.swinengine.backend.cpu.reduce.ReduceLoops;
import org.swinengine.backend.cpu.reduce.VectorReduce;
import org.swinengine.backend.cpu.simd.Simd;

/**
 * The loops on vectors. Besides these loops themselves, the only class that names them: without the Vector
 * API's module it is never loaded.
 */
final class VectorLoops implements LoopProvider {
  @Override
  public int vectorBits() {
    return Simd.BITS;
  }

  @Override
  public String why() {
    return Simd.why();
  }

  @Override
  public String tile() {
    return VectorMatrixTiles.choice();
  }

  @Override
  public MatrixTiles matrixTiles() {
    return VectorMatrixTiles.ofThisProcess();
  }

  @Override
  public AttentionLoops attentionLoops() {
    return new VectorAttentionLoops();
  }

  @Override
  public LayerNormRows layerNormRows() {
    return new VectorLayerNormRows();
  }

  @Override
  public NormLoops normLoops() {
    return new VectorNorm();
  }

  @Override
  public PointwiseLoops pointwiseLoops() {
    return new VectorPointwise();
  }

  @Override
  public ReduceLoops reduceLoops() {
    return new VectorReduce();
  }

  @Override
  public OptimizerLoops optimizerLoops() {
    return new VectorOptimizer();
  }

  @Override
  public FmaChains fmaChains() {
    return new VectorFmaChains();
  }
}
