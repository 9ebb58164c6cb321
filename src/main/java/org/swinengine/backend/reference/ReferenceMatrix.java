package org.swinengine.backend.reference;

import org.ejml.concurrency.EjmlConcurrency;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.swinengine.backend.DropoutMask;
import org.swinengine.backend.Epilogue;
import org.swinengine.backend.MatrixKernels;
import org.swinengine.backend.PreparedWeight;
import org.swinengine.backend.Prologue;
import org.swinengine.backend.RowFactors;
import org.swinengine.backend.Span;

/** Matrix family of the reference: EJML's products between plainly written prologues and epilogues. */
final class ReferenceMatrix implements MatrixKernels {
  static {
    // EJML would split large products over all processors, and its sums with them.
    EjmlConcurrency.USE_CONCURRENT = false;
  }

  /** The master weight itself: there is nothing to prepare. */
  private record MasterWeight(Span weight, int outFeatures, int inFeatures) implements PreparedWeight {
    @Override
    public void invalidate() {}

    DMatrixRMaj matrix() {
      return readMatrix(weight, outFeatures, inFeatures);
    }
  }

  @Override
  public PreparedWeight prepare(Span weight, Span copy, int outFeatures, int inFeatures) {
    return new MasterWeight(weight, outFeatures, inFeatures);
  }

  @Override
  public void linear(int rows, Span x, PreparedWeight weight, Prologue prologue, Epilogue epilogue, Span y) {
    DMatrixRMaj input = applyPrologueForward(prologue, rows, weight.inFeatures(), x);
    DMatrixRMaj product = timesTransposed(input, master(weight).matrix());
    finish(epilogue, product, y);
  }

  @Override
  public void linearBackwardInput(int rows, Span dy, PreparedWeight weight, Epilogue epilogue, Span dx) {
    DMatrixRMaj product = new DMatrixRMaj(rows, weight.inFeatures());
    CommonOps_DDRM.mult(readMatrix(dy, rows, weight.outFeatures()), master(weight).matrix(), product);
    finish(epilogue, product, dx);
  }

  @Override
  public void linearBackwardWeight(
      int rows,
      Span x,
      Prologue prologue,
      Span dy,
      RowFactors factors,
      int outFeatures,
      int inFeatures,
      Span dWeight,
      Span dBias,
      boolean accumulate) {
    DMatrixRMaj input = applyPrologueAgain(prologue, rows, inFeatures, x);
    DMatrixRMaj outputGradient = readMatrix(dy, rows, outFeatures);
    if (factors != null && rows > 0) {
      double[] scale = ReferenceBuffer.read(factors.factors(), (rows - 1) / factors.rowsPerFactor() + 1);
      for (int i = 0; i < rows * outFeatures; i++) {
        outputGradient.data[i] *= scale[i / outFeatures / factors.rowsPerFactor()];
      }
    }
    weightGradient(input, outputGradient, dWeight, dBias, accumulate);
  }

  private static void weightGradient(
      DMatrixRMaj input, DMatrixRMaj outputGradient, Span dWeight, Span dBias, boolean accumulate) {
    DMatrixRMaj weightGradient = new DMatrixRMaj(outputGradient.numCols, input.numCols);
    CommonOps_DDRM.multTransA(outputGradient, input, weightGradient);
    double[] biasGradient = new double[outputGradient.numCols];
    for (int r = 0; r < outputGradient.numRows; r++) {
      for (int j = 0; j < biasGradient.length; j++) {
        biasGradient[j] += outputGradient.get(r, j);
      }
    }
    ReferenceBuffer.writeIfWanted(weightGradient.data, accumulate, dWeight);
    ReferenceBuffer.writeIfWanted(biasGradient, accumulate, dBias);
  }

  @Override
  public void linearOfPair(
      int rows, int columns, Span first, Span second, PreparedWeight weight, Span bias, Span y) {
    DMatrixRMaj both = sideBySide(rows, columns, first, second);
    finish(Epilogue.bias(bias), timesTransposed(both, master(weight).matrix()), y);
  }

  @Override
  public void linearOfPairBackwardInput(
      int rows, int columns, Span dy, PreparedWeight weight, Span dFirst, boolean addsToFirst, Span dSecond,
      boolean addsToSecond) {
    DMatrixRMaj both = new DMatrixRMaj(rows, 2 * columns);
    CommonOps_DDRM.mult(readMatrix(dy, rows, weight.outFeatures()), master(weight).matrix(), both);
    double[] first = new double[rows * columns];
    double[] second = new double[rows * columns];
    for (int r = 0; r < rows; r++) {
      System.arraycopy(both.data, 2 * r * columns, first, r * columns, columns);
      System.arraycopy(both.data, (2 * r + 1) * columns, second, r * columns, columns);
    }
    ReferenceBuffer.writeIfWanted(first, addsToFirst, dFirst);
    ReferenceBuffer.writeIfWanted(second, addsToSecond, dSecond);
  }

  @Override
  public void linearOfPairBackwardWeight(
      int rows, int columns, Span first, Span second, Span dy, int outFeatures, Span dWeight, Span dBias,
      boolean accumulate) {
    DMatrixRMaj both = sideBySide(rows, columns, first, second);
    weightGradient(both, readMatrix(dy, rows, outFeatures), dWeight, dBias, accumulate);
  }

  private static DMatrixRMaj sideBySide(int rows, int columns, Span first, Span second) {
    double[] left = ReferenceBuffer.read(first, (long) rows * columns);
    double[] right = ReferenceBuffer.read(second, (long) rows * columns);
    double[] both = new double[2 * left.length];
    for (int r = 0; r < rows; r++) {
      System.arraycopy(left, r * columns, both, 2 * r * columns, columns);
      System.arraycopy(right, r * columns, both, (2 * r + 1) * columns, columns);
    }
    return DMatrixRMaj.wrap(rows, 2 * columns, both);
  }

  @Override
  public void mlp(
      int rows,
      Span x,
      Prologue prologue,
      PreparedWeight weight1,
      Span bias1,
      Span hidden,
      PreparedWeight weight2,
      Epilogue epilogue,
      Span y) {
    DMatrixRMaj input = applyPrologueForward(prologue, rows, weight1.inFeatures(), x);
    DMatrixRMaj preActivation = timesTransposed(input, master(weight1).matrix());
    if (bias1 != null) {
      double[] bias = ReferenceBuffer.read(bias1, weight1.outFeatures());
      for (int r = 0; r < rows; r++) {
        for (int j = 0; j < bias.length; j++) {
          preActivation.add(r, j, bias[j]);
        }
      }
    }
    ReferenceBuffer.writeIfWanted(preActivation.data, hidden);
    DMatrixRMaj product = timesTransposed(gelu(preActivation), master(weight2).matrix());
    finish(epilogue, product, y);
  }

  @Override
  public void gemm(Gemm sizes, Span a, Span b, Span c) {
    for (int batch = 0; batch < sizes.batches(); batch++) {
      DMatrixRMaj left =
          readStrided(
              a, batch * sizes.batchStrideA(), sizes.strideA(), sizes.transposeA(), sizes.m(), sizes.k());
      DMatrixRMaj right =
          readStrided(
              b, batch * sizes.batchStrideB(), sizes.strideB(), sizes.transposeB(), sizes.k(), sizes.n());
      DMatrixRMaj product = new DMatrixRMaj(sizes.m(), sizes.n());
      CommonOps_DDRM.mult(left, right, product);
      long start = batch * sizes.batchStrideC();
      double[] result = ReferenceBuffer.read(c, start + (sizes.m() - 1L) * sizes.strideC() + sizes.n());
      for (int i = 0; i < sizes.m(); i++) {
        for (int j = 0; j < sizes.n(); j++) {
          int at = (int) (start + (long) i * sizes.strideC() + j);
          double old = sizes.beta() == 0 ? 0 : sizes.beta() * result[at];
          result[at] = sizes.alpha() * product.get(i, j) + old;
        }
      }
      ReferenceBuffer.write(result, c);
    }
  }

  private static MasterWeight master(PreparedWeight weight) {
    if (!(weight instanceof MasterWeight master)) {
      throw new IllegalArgumentException("reference: the weight was prepared by another backend");
    }
    return master;
  }

  private static DMatrixRMaj readMatrix(Span span, int rows, int columns) {
    return DMatrixRMaj.wrap(rows, columns, ReferenceBuffer.read(span, (long) rows * columns));
  }

  /** The {@code rows × columns} matrix whose rows, or columns where it is transposed, are stored. */
  private static DMatrixRMaj readStrided(
      Span span, long start, int stride, boolean transposed, int rows, int columns) {
    int storedRows = transposed ? columns : rows;
    int storedColumns = transposed ? rows : columns;
    double[] stored = ReferenceBuffer.read(span, start + (storedRows - 1L) * stride + storedColumns);
    DMatrixRMaj matrix = new DMatrixRMaj(rows, columns);
    for (int i = 0; i < storedRows; i++) {
      for (int j = 0; j < storedColumns; j++) {
        double value = stored[(int) (start + (long) i * stride + j)];
        if (transposed) {
          matrix.set(j, i, value);
        } else {
          matrix.set(i, j, value);
        }
      }
    }
    return matrix;
  }

  private static DMatrixRMaj timesTransposed(DMatrixRMaj a, DMatrixRMaj b) {
    DMatrixRMaj product = new DMatrixRMaj(a.numRows, b.numRows);
    CommonOps_DDRM.multTransB(a, b, product);
    return product;
  }

  private static DMatrixRMaj gelu(DMatrixRMaj x) {
    DMatrixRMaj y = new DMatrixRMaj(x.numRows, x.numCols);
    for (int i = 0; i < x.data.length; i++) {
      y.data[i] = Erf.gelu(x.data[i]);
    }
    return y;
  }

  /** The left operand in a forward product; keeps LayerNorm's statistics where they are wanted. */
  private static DMatrixRMaj applyPrologueForward(Prologue prologue, int rows, int columns, Span x) {
    if (prologue.kind() != Prologue.Kind.LAYER_NORM) {
      return applyPrologueAgain(prologue, rows, columns, x);
    }
    ReferenceNorm.Normalized normalized =
        ReferenceNorm.normalize(
            rows,
            columns,
            ReferenceBuffer.read(x, (long) rows * columns),
            ReferenceBuffer.read(prologue.gamma(), columns),
            ReferenceBuffer.read(prologue.beta(), columns),
            prologue.epsilon());
    ReferenceBuffer.writeIfWanted(normalized.mean(), prologue.mean());
    ReferenceBuffer.writeIfWanted(normalized.inverseDeviation(), prologue.inverseDeviation());
    return DMatrixRMaj.wrap(rows, columns, normalized.y());
  }

  /** The left operand once more in a backward product; reads LayerNorm's statistics. */
  private static DMatrixRMaj applyPrologueAgain(Prologue prologue, int rows, int columns, Span x) {
    DMatrixRMaj input = readMatrix(x, rows, columns);
    switch (prologue.kind()) {
      case GELU:
        return gelu(input);
      case LAYER_NORM:
        double[] normalized =
            ReferenceNorm.applyStatistics(
                rows,
                columns,
                input.data,
                ReferenceBuffer.read(prologue.gamma(), columns),
                ReferenceBuffer.read(prologue.beta(), columns),
                ReferenceBuffer.read(prologue.mean(), rows),
                ReferenceBuffer.read(prologue.inverseDeviation(), rows));
        return DMatrixRMaj.wrap(rows, columns, normalized);
      default:
        return input;
    }
  }

  /** Takes a product through the epilogue's steps, in their order, and stores it. */
  private static void finish(Epilogue epilogue, DMatrixRMaj product, Span y) {
    int rows = product.numRows;
    int columns = product.numCols;
    long n = (long) rows * columns;
    double[] t = product.data;
    double[] old = epilogue.accumulate() ? ReferenceBuffer.read(y, n) : null;
    double[] bias = ReferenceBuffer.readIfGiven(epilogue.bias(), columns);
    double[] preActivation = new double[t.length];
    double[] geluGradientOf = ReferenceBuffer.readIfGiven(epilogue.geluGradientOf(), n);
    int scales = rows == 0 ? 0 : (rows - 1) / epilogue.rowsPerScale() + 1;
    double[] rowScale = ReferenceBuffer.readIfGiven(epilogue.rowScale(), scales);
    double[] residual = ReferenceBuffer.readIfGiven(epilogue.residual(), n);
    DropoutMask dropout = epilogue.dropout();
    for (int r = 0; r < rows; r++) {
      for (int j = 0; j < columns; j++) {
        int i = r * columns + j;
        if (old != null) {
          t[i] += old[i];
        }
        if (bias != null) {
          t[i] += bias[j];
        }
        preActivation[i] = t[i];
        if (epilogue.gelu()) {
          t[i] = Erf.gelu(t[i]);
        }
        if (dropout != null) {
          t[i] = ReferenceRandom.keeps(dropout, r, j, columns) ? t[i] / dropout.keepProbability() : 0;
        }
        if (geluGradientOf != null) {
          t[i] *= Erf.geluDerivative(geluGradientOf[i]);
        }
        if (rowScale != null) {
          t[i] *= rowScale[r / epilogue.rowsPerScale()];
        }
        if (residual != null) {
          t[i] += residual[i];
        }
      }
    }
    ReferenceBuffer.writeIfWanted(preActivation, epilogue.preActivation());
    ReferenceBuffer.write(t, y);
  }
}
