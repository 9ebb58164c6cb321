package org.swinengine.bench;

import java.util.concurrent.TimeUnit;
import org.ejml.data.FMatrixRMaj;
import org.ejml.dense.row.CommonOps_FDRM;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.swinengine.backend.Buffer;
import org.swinengine.backend.DropoutMask;
import org.swinengine.backend.Epilogue;
import org.swinengine.backend.MatrixKernels;
import org.swinengine.backend.MatrixKernels.Gemm;
import org.swinengine.backend.PreparedWeight;
import org.swinengine.backend.Prologue;
import org.swinengine.backend.RandomKey;
import org.swinengine.backend.Span;

/**
 * Matrix products of Swin-T's four stages, forward and backward, and the square product with EJML's beside
 * it. A product takes {@code 2·rows·in·out} floating point operations; {@link PeakBench} says what the
 * processor could do.
 */
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class MatrixBench extends BackendBench {
  /** {@code ROWS CHANNELS}: a stage at batch 8; the last one is square. */
  @Param({"25088 96", "6272 192", "1568 384", "392 768", "1024 1024"})
  public String stage;

  private int rows;
  private int channels;
  private Buffer x;
  private Buffer gamma;
  private Buffer bias;
  private Buffer wide;
  private Buffer hidden;
  private Buffer narrow;
  private Buffer dWeight;
  private Buffer dBias;
  private Prologue layerNorm;
  private PreparedWeight qkv;
  private PreparedWeight up;
  private PreparedWeight down;
  private DropoutMask mask;
  private PreparedWeight pair;
  private Buffer skip;
  private Buffer both;
  private Span right;
  private Buffer dFirst;
  private Buffer dSecond;
  private FMatrixRMaj ejmlLeft;
  private FMatrixRMaj ejmlRight;
  private FMatrixRMaj ejmlResult;

  @Override
  protected void prepare() {
    String[] words = stage.split(" ");
    rows = Integer.parseInt(words[0]);
    channels = Integer.parseInt(words[1]);
    x = random((long) rows * channels);
    gamma = random(channels);
    bias = random(4L * channels);
    wide = random(4L * rows * channels);
    hidden = random(4L * rows * channels);
    narrow = random((long) rows * channels);
    dWeight = random(4L * channels * channels);
    dBias = random(4L * channels);
    layerNorm = Prologue.layerNorm(gamma, bias, 1e-5, random(rows), random(rows));
    MatrixKernels matrix = backend.matrix();
    qkv = matrix.prepare(random(3L * channels * channels), 3 * channels, channels);
    up = matrix.prepare(random(4L * channels * channels), 4 * channels, channels);
    down = matrix.prepare(random(4L * channels * channels), channels, 4 * channels);
    mask = new DropoutMask(new RandomKey(1, 2, 3), 0, rows / 8, 0.9);
    pair = matrix.prepare(random(2L * channels * channels), channels, 2 * channels);
    skip = random((long) rows * channels);
    both = random(2L * rows * channels);
    right = new Right(both, channels);
    dFirst = random((long) rows * channels);
    dSecond = random((long) rows * channels);
    ejmlLeft = new FMatrixRMaj(rows, channels);
    ejmlRight = new FMatrixRMaj(channels, channels);
    ejmlResult = new FMatrixRMaj(rows, channels);
    ejmlLeft.fill(0.5f);
    ejmlRight.fill(0.25f);
  }

  /** LayerNorm and the projection to queries, keys and values: {@code 6·rows·channels²}. */
  @Benchmark
  public void qkvForward() {
    backend.matrix().linear(rows, x, qkv, layerNorm, Epilogue.bias(bias), wide);
  }

  /** LayerNorm, two layers with GELU between, residual: {@code 16·rows·channels²}. */
  @Benchmark
  public void mlpForward() {
    backend
        .matrix()
        .mlp(rows, x, layerNorm, up, bias, null, down, Epilogue.biasResidual(bias, null, 1, x), narrow);
  }

  /** Gradient of the second layer's input, times GELU′: {@code 8·rows·channels²}. */
  @Benchmark
  public void mlpBackwardInput() {
    backend.matrix().linearBackwardInput(rows, x, down, Epilogue.timesGeluGradient(hidden), wide);
  }

  /** Gradient of the first layer's weight: {@code 8·rows·channels²}. */
  @Benchmark
  public void backwardWeight() {
    backend
        .matrix()
        .linearBackwardWeight(
            rows, x, Prologue.NONE, hidden, 4 * channels, channels, dWeight, dBias, false);
  }

  /** The second layer with dropout in its epilogue: {@code 8·rows·channels²}. */
  @Benchmark
  public void dropoutForward() {
    backend
        .matrix()
        .linear(
            rows, wide, down, Prologue.NONE, Epilogue.biasResidual(bias, null, 1, x).dropping(mask), narrow);
  }

  /** A skip connection's layer on two tensors: {@code 4·rows·channels²}. */
  @Benchmark
  public void pairForward() {
    if (isPair()) {
      backend.matrix().linearOfPair(rows, channels, x, skip, pair, bias, narrow);
    } else {
      concatenate();
      backend.matrix().linear(rows, both, pair, Prologue.NONE, Epilogue.bias(bias), narrow);
    }
  }

  /** Gradients of both tensors: {@code 4·rows·channels²}. */
  @Benchmark
  public void pairBackwardInput() {
    if (isPair()) {
      backend.matrix().linearOfPairBackwardInput(rows, channels, narrow, pair, dFirst, false, dSecond, false);
    } else {
      backend.matrix().linearBackwardInput(rows, narrow, pair, Epilogue.NONE, both);
      backend.memory().copyRows(rows, channels, both, 2 * channels, dFirst, channels);
      backend.memory().copyRows(rows, channels, right, 2 * channels, dSecond, channels);
    }
  }

  /** Gradient of its weight: {@code 4·rows·channels²}. */
  @Benchmark
  public void pairBackwardWeight() {
    if (isPair()) {
      backend
          .matrix()
          .linearOfPairBackwardWeight(
              rows, channels, x, skip, narrow, channels, dWeight, dBias, false);
    } else {
      concatenate();
      backend
          .matrix()
          .linearBackwardWeight(
              rows, both, Prologue.NONE, narrow, channels, 2 * channels, dWeight, dBias, false);
    }
  }

  /** The second of two tensors side by side. */
  private record Right(Buffer buffer, long offset) implements Span {}

  /** As the operation does: a device that multiplies no pairs copies them into one tensor. */
  private boolean isPair() {
    return backend.multipliesPairs(backend.computeType(), channels, channels);
  }

  private void concatenate() {
    backend.memory().copyRows(rows, channels, x, channels, both, 2 * channels);
    backend.memory().copyRows(rows, channels, skip, channels, right, 2 * channels);
  }

  /** The general product {@code [rows, channels]·[channels, channels]}: {@code 2·rows·channels²}. */
  @Benchmark
  public void general() {
    backend.matrix().gemm(Gemm.dense(false, false, rows, channels, channels), x, dWeight, narrow);
  }

  /** The same by EJML, on one thread. */
  @Benchmark
  public FMatrixRMaj ejml() {
    CommonOps_FDRM.mult(ejmlLeft, ejmlRight, ejmlResult);
    return ejmlResult;
  }
}
