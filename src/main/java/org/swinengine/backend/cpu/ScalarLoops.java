package org.swinengine.backend.cpu;

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
