package org.swinengine.backend.profile;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.swinengine.backend.ExpandedRows;
import org.swinengine.backend.NormKernels;
import org.swinengine.backend.Span;

/** Work of the norm family. */
final class NormWork implements NormKernels {
  /** Of an element: a sum; difference, square, sum; difference, two products, a sum. */
  private static final int FORWARD = 8;

  /** Of an element: dy·gamma; the normalised value, 2; two sums and a product; four for dx. */
  private static final int BACKWARD_INPUT = 10;

  /** Of an element: a product and two sums. */
  private static final int BACKWARD_PARAMETERS = 3;

  private final Consumer<Work> called;

  NormWork(Consumer<Work> called) {
    this.called = called;
  }

  @Override
  public void layerNorm(
      @Nullable ExpandedRows places, int rows, int columns, Span x, Span gamma, Span beta, double epsilon,
      Span y, Span mean, Span inverseDeviation) {
    double n = (double) rows * columns;
    double bytes =
        Work.bytes(x, n)
            + Work.bytes(y, n)
            + Work.bytes(gamma, columns)
            + Work.bytes(beta, columns)
            + Work.bytes(mean, rows)
            + Work.bytes(inverseDeviation, rows);
    called.accept(new Work(name(places, "") + rows + "x" + columns, FORWARD * n, bytes));
  }

  @Override
  public void layerNormBackward(
      @Nullable ExpandedRows places, int rows, int columns, Span dy, Span x, Span mean,
      Span inverseDeviation, Span gamma, Span dx, boolean accumulateInput, Span dGamma, Span dBeta,
      boolean accumulateParameters) {
    double n = (double) rows * columns;
    double bytes =
        Work.bytes(dy, n)
            + Work.bytes(x, n)
            + Work.bytes(mean, rows)
            + Work.bytes(inverseDeviation, rows)
            + Work.bytes(gamma, columns)
            + Work.result(dx, n, accumulateInput)
            + Work.result(dGamma, columns, accumulateParameters)
            + Work.result(dBeta, columns, accumulateParameters);
    double flop = n * ((dx == null ? 0 : BACKWARD_INPUT) + (dGamma == null ? 0 : BACKWARD_PARAMETERS));
    called.accept(new Work(name(places, "Backward") + rows + "x" + columns, flop, bytes));
  }

  private static String name(@Nullable ExpandedRows places, String pass) {
    return (places == null ? "layerNorm" : "layerNormExpand") + pass + " ";
  }
}
