package org.swinengine.backend.profile;

import java.util.function.Consumer;
import org.swinengine.backend.OptimizerKernels;
import org.swinengine.backend.Span;

/** Work of the optimizer family; stretches of an arena are one kind. */
final class OptimizerWork implements OptimizerKernels {
  /** Of an element: clipping 1, decay 1, first moment 3, second moment 4, the step 6. */
  private static final int ADAM_W = 15;

  /** Of an element: clipping 1, first moment 3, second moment 4, the direction 6. */
  private static final int LAMB = 14;

  /** Of an element: a difference, a product, a sum. */
  private static final int AVERAGE = 3;

  private static final int CONTROL = 3;

  private final Consumer<Work> called;

  OptimizerWork(Consumer<Work> called) {
    this.called = called;
  }

  @Override
  public void clipControl(
      Span sumOfSquares, Span losses, int parts, double maximumNorm, Span control) {
    double bytes = Work.bytes(sumOfSquares, 1) + Work.bytes(losses, parts) + Work.bytes(control, CONTROL);
    called.accept(new Work("clipControl", 0, bytes));
  }

  @Override
  public void clipValue(long n, double bound, Span gradients) {
    called.accept(new Work("clipValue", 2.0 * n, Work.result(gradients, n, true)));
  }

  @Override
  public void stretchSquares(int count, Span bounds, long elements, Span x, Span sums) {
    double bytes = Work.bytes(bounds, count + 1.0) + Work.bytes(x, elements) + Work.bytes(sums, count);
    called.accept(new Work("stretchSquares", 2.0 * elements, bytes));
  }

  @Override
  public void adaptiveClip(
      int count,
      Span bounds,
      long elements,
      double factor,
      double epsilon,
      Span parameterSquares,
      Span gradientSquares,
      Span gradients) {
    double bytes =
        Work.bytes(bounds, count + 1.0)
            + Work.bytes(parameterSquares, count)
            + Work.bytes(gradientSquares, count)
            + Work.result(gradients, elements, true);
    called.accept(new Work("adaptiveClip", elements, bytes));
  }

  @Override
  public void lambDirection(
      long n, Lamb step, Span control, Span parameters, Span gradients, Span firstMoment, Span secondMoment) {
    double bytes =
        Work.bytes(control, CONTROL)
            + Work.bytes(parameters, n)
            + Work.result(gradients, n, true)
            + Work.result(firstMoment, n, true)
            + Work.result(secondMoment, n, true);
    called.accept(new Work("lambDirection", (double) LAMB * n, bytes));
  }

  @Override
  public void trustStep(
      int count,
      Span bounds,
      long elements,
      double learningRate,
      boolean trustAtMostOne,
      Span control,
      Span parameterSquares,
      Span directionSquares,
      Span directions,
      Span parameters,
      Span copy) {
    double bytes =
        Work.bytes(control, CONTROL)
            + Work.bytes(bounds, count + 1.0)
            + Work.bytes(parameterSquares, count)
            + Work.bytes(directionSquares, count)
            + Work.bytes(directions, elements)
            + Work.result(parameters, elements, true)
            + Work.bytes(copy, elements);
    called.accept(new Work("trustStep", 2.0 * elements, bytes));
  }

  @Override
  public void adamW(
      long n,
      AdamW step,
      Span control,
      Span parameters,
      Span gradients,
      Span firstMoment,
      Span secondMoment,
      Span copy) {
    adamW(n, step, control, parameters, gradients, firstMoment, secondMoment, copy, null);
  }

  @Override
  public void adamW(
      long n,
      AdamW step,
      Span control,
      Span parameters,
      Span gradients,
      Span firstMoment,
      Span secondMoment,
      Span copy,
      Average average) {
    double bytes =
        Work.bytes(control, CONTROL)
            + Work.result(parameters, n, true)
            + Work.bytes(copy, n)
            + bytes(average, n)
            + Work.bytes(gradients, n)
            + Work.result(firstMoment, n, true)
            + Work.result(secondMoment, n, true);
    called.accept(new Work("adamW", (ADAM_W + (average == null ? 0.0 : AVERAGE)) * n, bytes));
  }

  @Override
  public void sgd(
      long n, Sgd step, Span control, Span parameters, Span gradients, Span momentumBuffer, Span copy) {
    sgd(n, step, control, parameters, gradients, momentumBuffer, copy, null);
  }

  @Override
  public void sgd(
      long n, Sgd step, Span control, Span parameters, Span gradients, Span momentumBuffer, Span copy,
      Average average) {
    // Clipping 1, weight decay 2, the step 2; momentum 2, Nesterov's 2 more.
    int perElement =
        5 + (momentumBuffer == null ? 0 : step.nesterov() ? 4 : 2) + (average == null ? 0 : AVERAGE);
    double bytes =
        Work.bytes(control, CONTROL)
            + Work.result(parameters, n, true)
            + Work.bytes(gradients, n)
            + Work.result(momentumBuffer, n, true)
            + Work.bytes(copy, n)
            + bytes(average, n);
    called.accept(new Work("sgd", (double) perElement * n, bytes));
  }

  private static double bytes(Average average, long n) {
    return average == null ? 0 : Work.result(average.values(), n, true);
  }

  @Override
  public void movingAverage(long n, double decay, Span control, Span parameters, Span average) {
    double bytes =
        Work.bytes(control, CONTROL) + Work.bytes(parameters, n) + Work.result(average, n, true);
    called.accept(new Work("movingAverage", (double) AVERAGE * n, bytes));
  }
}
