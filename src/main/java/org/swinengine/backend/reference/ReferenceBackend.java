package org.swinengine.backend.reference;

import org.swinengine.backend.AttentionKernels;
import org.swinengine.backend.Backend;
import org.swinengine.backend.DType;
import org.swinengine.backend.LossKernels;
import org.swinengine.backend.MatrixKernels;
import org.swinengine.backend.MemoryKernels;
import org.swinengine.backend.NormKernels;
import org.swinengine.backend.OptimizerKernels;
import org.swinengine.backend.PatchKernels;
import org.swinengine.backend.PointwiseKernels;
import org.swinengine.backend.RandomKernels;
import org.swinengine.backend.ReduceKernels;
import org.swinengine.backend.WindowKernels;

/**
 * Float64 on one thread, plainly written: what every fast kernel is tested against and what gradient checks
 * run on.
 */
public final class ReferenceBackend implements Backend {
  private final MemoryKernels memory = new ReferenceMemory();
  private final MatrixKernels matrix = new ReferenceMatrix();
  private final NormKernels norm = new ReferenceNorm();
  private final AttentionKernels attention = new ReferenceAttention();
  private final WindowKernels window = new ReferenceWindow();
  private final PatchKernels patch = new ReferencePatch();
  private final PointwiseKernels pointwise = new ReferencePointwise();
  private final ReduceKernels reduce = new ReferenceReduce();
  private final LossKernels loss = new ReferenceLoss();
  private final OptimizerKernels optimizer = new ReferenceOptimizer();
  private final RandomKernels random = new ReferenceRandom();

  @Override
  public String name() {
    return "reference";
  }

  @Override
  public String describe() {
    return "reference: 1 thread, plain loops and EJML, float64";
  }

  @Override
  public DType computeType() {
    return DType.FLOAT64;
  }

  @Override
  public boolean multipliesPairs(DType activations, int columns, int outFeatures) {
    return true;
  }

  @Override
  public MemoryKernels memory() {
    return memory;
  }

  @Override
  public MatrixKernels matrix() {
    return matrix;
  }

  @Override
  public NormKernels norm() {
    return norm;
  }

  @Override
  public AttentionKernels attention() {
    return attention;
  }

  @Override
  public WindowKernels window() {
    return window;
  }

  @Override
  public PatchKernels patch() {
    return patch;
  }

  @Override
  public PointwiseKernels pointwise() {
    return pointwise;
  }

  @Override
  public ReduceKernels reduce() {
    return reduce;
  }

  @Override
  public LossKernels loss() {
    return loss;
  }

  @Override
  public OptimizerKernels optimizer() {
    return optimizer;
  }

  @Override
  public RandomKernels random() {
    return random;
  }

  /** Nothing to end: the reference has no threads and no pool. */
  @Override
  public void close() {}
}
