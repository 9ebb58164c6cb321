package org.swinengine.backend.profile;

import java.util.function.Consumer;
import org.swinengine.backend.Epilogue;
import org.swinengine.backend.MatrixKernels;
import org.swinengine.backend.PreparedWeight;
import org.swinengine.backend.Prologue;
import org.swinengine.backend.RowFactors;
import org.swinengine.backend.Span;

/** Work of the matrix family; a prepared weight counts as elements of the activations' type. */
final class MatrixWork implements MatrixKernels {
  private final Consumer<Work> called;

  MatrixWork(Consumer<Work> called) {
    this.called = called;
  }

  @Override
  public PreparedWeight prepare(Span weight, Span copy, int outFeatures, int inFeatures) {
    called.accept(new Work("prepare", 0, 0));
    return null;
  }

  @Override
  public void linear(int rows, Span x, PreparedWeight weight, Prologue prologue, Epilogue epilogue, Span y) {
    double in = weight.inFeatures();
    double out = weight.outFeatures();
    double bytes =
        Work.bytes(x, rows * in + in * out)
            + prologue(prologue, rows, in)
            + epilogue(epilogue, rows, out, y);
    String sizes = rows + "x" + weight.inFeatures() + "->" + weight.outFeatures();
    called.accept(new Work("linear " + sizes + name(prologue) + name(epilogue), 2 * rows * in * out, bytes));
  }

  @Override
  public void linearBackwardInput(int rows, Span dy, PreparedWeight weight, Epilogue epilogue, Span dx) {
    double in = weight.inFeatures();
    double out = weight.outFeatures();
    double bytes = Work.bytes(dy, rows * out + in * out) + epilogue(epilogue, rows, in, dx);
    String sizes = rows + "x" + weight.outFeatures() + "->" + weight.inFeatures();
    called.accept(new Work("linearBackwardInput " + sizes + name(epilogue), 2 * rows * in * out, bytes));
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
    double in = inFeatures;
    double out = outFeatures;
    double bytes =
        Work.bytes(x, rows * in)
            + prologue(prologue, rows, in)
            + Work.bytes(dy, rows * out)
            + (factors == null ? 0 : Work.bytes(factors.factors(), samples(rows, factors.rowsPerFactor())))
            + Work.result(dWeight, in * out, accumulate)
            + Work.result(dBias, out, accumulate);
    String sizes = outFeatures + "x" + rows + "->" + inFeatures;
    called.accept(new Work("linearBackwardWeight " + sizes + name(prologue), 2 * rows * in * out, bytes));
  }

  @Override
  public void linearOfPair(
      int rows, int columns, Span first, Span second, PreparedWeight weight, Span bias, Span y) {
    double in = weight.inFeatures();
    double out = weight.outFeatures();
    double bytes =
        Work.bytes(first, rows * in + in * out) + Work.bytes(bias, out) + Work.bytes(y, rows * out);
    String sizes = rows + "x(" + columns + "+" + columns + ")->" + weight.outFeatures();
    called.accept(new Work("linearOfPair " + sizes, 2 * rows * in * out, bytes));
  }

  @Override
  public void linearOfPairBackwardInput(
      int rows, int columns, Span dy, PreparedWeight weight, Span dFirst, boolean addsToFirst, Span dSecond,
      boolean addsToSecond) {
    double each = (double) rows * columns;
    double out = weight.outFeatures();
    int wanted = (dFirst == null ? 0 : 1) + (dSecond == null ? 0 : 1);
    double bytes =
        Work.bytes(dy, rows * out + wanted * columns * out)
            + Work.result(dFirst, each, addsToFirst)
            + Work.result(dSecond, each, addsToSecond);
    String sizes = rows + "x" + weight.outFeatures() + "->(" + columns + "+" + columns + ")";
    called.accept(new Work("linearOfPairBackwardInput " + sizes, 2 * wanted * each * out, bytes));
  }

  @Override
  public void linearOfPairBackwardWeight(
      int rows, int columns, Span first, Span second, Span dy, int outFeatures, Span dWeight, Span dBias,
      boolean accumulate) {
    double in = 2.0 * columns;
    double out = outFeatures;
    double bytes =
        Work.bytes(first, rows * in)
            + Work.bytes(dy, rows * out)
            + Work.result(dWeight, in * out, accumulate)
            + Work.result(dBias, out, accumulate);
    String sizes = outFeatures + "x" + rows + "->(" + columns + "+" + columns + ")";
    called.accept(new Work("linearOfPairBackwardWeight " + sizes, 2 * rows * in * out, bytes));
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
    double in = weight1.inFeatures();
    double middle = weight1.outFeatures();
    double out = weight2.outFeatures();
    double bytes =
        Work.bytes(x, rows * in + in * middle + middle * out)
            + prologue(prologue, rows, in)
            + Work.bytes(bias1, middle)
            + Work.bytes(hidden, rows * middle)
            + epilogue(epilogue, rows, out, y);
    String sizes =
        rows + "x" + weight1.inFeatures() + "->" + weight1.outFeatures() + "->" + weight2.outFeatures();
    double flop = 2 * rows * middle * (in + out);
    called.accept(new Work("mlp " + sizes + name(prologue) + " +GELU" + name(epilogue), flop, bytes));
  }

  @Override
  public void gemm(Gemm sizes, Span a, Span b, Span c) {
    double m = sizes.m();
    double n = sizes.n();
    double k = sizes.k();
    double batches = sizes.batches();
    double bytes =
        Work.bytes(a, m * k * (sizes.batchStrideA() == 0 ? 1 : batches))
            + Work.bytes(b, k * n * (sizes.batchStrideB() == 0 ? 1 : batches))
            + Work.result(c, m * n * batches, sizes.beta() != 0);
    String kind = "gemm " + sizes.m() + "x" + sizes.k() + "->" + sizes.n();
    kind += sizes.batches() == 1 ? "" : " of " + sizes.batches();
    called.accept(new Work(kind, 2 * m * n * k * batches, bytes));
  }

  /** Bytes beside the rows themselves. */
  private static double prologue(Prologue prologue, int rows, double columns) {
    return Work.bytes(prologue.gamma(), columns)
        + Work.bytes(prologue.beta(), columns)
        + Work.bytes(prologue.mean(), rows)
        + Work.bytes(prologue.inverseDeviation(), rows);
  }

  /** Bytes of the result and of what is done to it. */
  private static double epilogue(Epilogue epilogue, int rows, double columns, Span y) {
    double elements = rows * columns;
    return Work.result(y, elements, epilogue.accumulate())
        + Work.bytes(epilogue.bias(), columns)
        + Work.bytes(epilogue.preActivation(), elements)
        + Work.bytes(epilogue.geluGradientOf(), elements)
        + Work.bytes(epilogue.rowScale(), samples(rows, epilogue.rowsPerScale()))
        + Work.bytes(epilogue.residual(), elements);
  }

  private static double samples(int rows, int rowsOfASample) {
    return Math.ceil(rows / (double) rowsOfASample);
  }

  private static String name(Prologue prologue) {
    switch (prologue.kind()) {
      case LAYER_NORM:
        return " +LN";
      case GELU:
        return " of GELU";
      default:
        return "";
    }
  }

  private static String name(Epilogue epilogue) {
    return (epilogue.gelu() ? " +GELU" : "")
        + (epilogue.geluGradientOf() == null ? "" : " *GELU'")
        + (epilogue.dropout() == null ? "" : " +dropout")
        + (epilogue.residual() == null ? "" : " +residual");
  }
}
