package org.swinengine.backend.cpu;

/**
 * The loops on vectors. Besides these loops themselves, the only class that names them: without the Vector API's module it
 * is never loaded.
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
  public MatrixTiles matrixTiles() {
    return new VectorMatrixTiles();
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
}
