package org.swinengine.backend.cuda;

import java.util.Arrays;
import org.swinengine.backend.DType;
import org.swinengine.backend.OptimizerKernels;
import org.swinengine.backend.Span;

/** Optimizer family on the GPU: {@code optimizer.cu}. All operands are float32, copies of parameters bf16. */
final class CudaOptimizer implements OptimizerKernels {
  private static final String FAMILY = "optimizer";

  /** Elements of a thread, sixteen bytes of each operand. */
  private static final int FOUR = 4;

  /**
   * Into how many parts a stretch is cut, so that a long one has several blocks; short ones leave some
   * idle.
   */
  private static final int PARTS = 8;

  /** Elements of a stretch that one block does at once. */
  private static final int BLOCK = 256;

  /** Elements of a chunk of a sum in float64: below, a stretch has no work for more than a warp. */
  private static final int SUM_CHUNK = 8192;

  private static final int WARP = 32;

  private final CudaDevice device;

  CudaOptimizer(CudaDevice device) {
    this.device = device;
  }

  @Override
  public void clipControl(
      Span sumOfSquares, Span losses, int parts, double maximumNorm, Span control) {
    CudaBuffer.checkType("clipControl", "the sum of squares", sumOfSquares, DType.FLOAT32);
    CudaBuffer.checkType("clipControl", "the control", control, DType.FLOAT32);
    if (parts > 0) {
      CudaBuffer.checkType("clipControl", "the losses", losses, DType.FLOAT32);
    }
    device
        .launch(device.kernel(FAMILY, "clipControl"))
        .block(1)
        .span(sumOfSquares, 1)
        .span(parts > 0 ? losses : null, parts)
        .size("parts", parts)
        .real64(maximumNorm)
        .span(control, 3)
        .run();
  }

  @Override
  public void clipValue(long n, double bound, Span gradients) {
    if (n == 0) {
      return;
    }
    CudaBuffer.checkType("clipValue", "the gradients", gradients, DType.FLOAT32);
    device
        .launch(device.kernel(FAMILY, "clipValue"))
        .grid(Grids.elements(Grids.blocks(n, FOUR)))
        .span(gradients, n)
        .longSize("n", n)
        .real(bound)
        .run();
  }

  @Override
  public void stretchSquares(int count, Span bounds, long elements, Span x, Span sums) {
    if (count == 0) {
      return;
    }
    CudaBuffer.checkType("stretchSquares", "the bounds", bounds, DType.INT32);
    CudaBuffer.checkType("stretchSquares", "the operand", x, DType.FLOAT32);
    CudaBuffer.checkType("stretchSquares", "the sums", sums, DType.FLOAT32);
    device
        .launch(device.kernel(FAMILY, "stretchSquares"))
        .grid(count)
        .block(elements / count > SUM_CHUNK ? BLOCK : WARP)
        .span(bounds, count + 1L)
        .span(x, elements)
        .span(sums, count)
        .run();
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
    if (count == 0) {
      return;
    }
    CudaBuffer.checkType("adaptiveClip", "the bounds", bounds, DType.INT32);
    CudaBuffer.checkType("adaptiveClip", "the parameters' squares", parameterSquares, DType.FLOAT32);
    CudaBuffer.checkType("adaptiveClip", "the gradients' squares", gradientSquares, DType.FLOAT32);
    CudaBuffer.checkType("adaptiveClip", "the gradients", gradients, DType.FLOAT32);
    device
        .launch(device.kernel(FAMILY, "adaptiveClip"))
        .grid(count, parts(count, elements), 1)
        .block(BLOCK)
        .span(bounds, count + 1L)
        .span(parameterSquares, count)
        .span(gradientSquares, count)
        .span(gradients, elements)
        .real64(factor)
        .real64(epsilon)
        .run();
  }

  /** Parts of a stretch: of rows of some hundred elements one, of whole weights several. */
  private static int parts(int count, long elements) {
    return (int) Math.max(1, Math.min(PARTS, elements / count / BLOCK));
  }

  @Override
  public void lambDirection(
      long n, Lamb step, Span control, Span parameters, Span gradients, Span firstMoment, Span secondMoment) {
    if (n == 0) {
      return;
    }
    CudaBuffer.checkType("lambDirection", "the control", control, DType.FLOAT32);
    CudaBuffer.checkType("lambDirection", "the parameters", parameters, DType.FLOAT32);
    CudaBuffer.checkType("lambDirection", "the gradients", gradients, DType.FLOAT32);
    CudaBuffer.checkType("lambDirection", "the first moment", firstMoment, DType.FLOAT32);
    CudaBuffer.checkType("lambDirection", "the second moment", secondMoment, DType.FLOAT32);
    device
        .launch(device.kernel(FAMILY, "lambDirection"))
        .grid(Grids.elements(Grids.blocks(n, FOUR)))
        .span(parameters, n)
        .span(gradients, n)
        .span(firstMoment, n)
        .span(secondMoment, n)
        .span(control, 3)
        .longSize("n", n)
        .real(step.beta1())
        .real(step.share())
        .real(step.beta2())
        .real(1 - step.beta2())
        .numbers(step.correction1(), step.rootOfCorrection2())
        .real(step.epsilon())
        .real(step.weightDecay())
        .whereNumbersAre()
        .run();
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
    if (count == 0) {
      return;
    }
    CudaBuffer.checkType("trustStep", "the bounds", bounds, DType.INT32);
    CudaBuffer.checkType("trustStep", "the control", control, DType.FLOAT32);
    CudaBuffer.checkType("trustStep", "the directions", directions, DType.FLOAT32);
    CudaBuffer.checkType("trustStep", "the parameters", parameters, DType.FLOAT32);
    checkCopy("trustStep", copy);
    if (parameterSquares != null) {
      CudaBuffer.checkType("trustStep", "the parameters' squares", parameterSquares, DType.FLOAT32);
      CudaBuffer.checkType("trustStep", "the directions' squares", directionSquares, DType.FLOAT32);
    }
    device
        .launch(device.kernel(FAMILY, "trustStep"))
        .grid(count, parts(count, elements), 1)
        .block(BLOCK)
        .span(bounds, count + 1L)
        .span(control, 3)
        .span(parameterSquares, count)
        .span(directionSquares, count)
        .span(directions, elements)
        .span(parameters, elements)
        .number64(learningRate)
        .flag(trustAtMostOne)
        .span(copy, elements)
        .whereNumbersAre()
        .run();
  }

  @Override
  public void adamW(
      long n, AdamW step, Span control, Span parameters, Span gradients, Span firstMoment,
      Span secondMoment, Span copy) {
    adamW(n, step, control, parameters, gradients, firstMoment, secondMoment, copy, null);
  }

  @Override
  public void adamW(
      long n, AdamW step, Span control, Span parameters, Span gradients, Span firstMoment,
      Span secondMoment, Span copy, Average average) {
    if (n == 0) {
      return;
    }
    CudaBuffer.checkType("adamW", "the control", control, DType.FLOAT32);
    CudaBuffer.checkType("adamW", "the parameters", parameters, DType.FLOAT32);
    CudaBuffer.checkType("adamW", "the gradients", gradients, DType.FLOAT32);
    CudaBuffer.checkType("adamW", "the first moment", firstMoment, DType.FLOAT32);
    CudaBuffer.checkType("adamW", "the second moment", secondMoment, DType.FLOAT32);
    checkCopy("adamW", copy);
    checkAverage("adamW", average);
    Launch launch = device
        .launch(device.kernel(FAMILY, average == null ? "adamW" : "adamWAverage"))
        .grid(Grids.elements(Grids.blocks(n, FOUR)))
        .span(parameters, n)
        .span(gradients, n)
        .span(firstMoment, n)
        .span(secondMoment, n)
        .span(control, 3)
        .longSize("n", n)
        .numbers(
            numbersOf(
                average, step.penalty(), step.decay(), 1 - step.beta1(), step.beta2(), 1 - step.beta2(),
                -step.stepSize(), step.rootOfCorrection2(), step.epsilon()))
        .span(copy, n);
    keeping(launch, n, average).whereNumbersAre().run();
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
    if (n == 0) {
      return;
    }
    boolean remembers = step.momentum() > 0;
    CudaBuffer.checkType("sgd", "the control", control, DType.FLOAT32);
    CudaBuffer.checkType("sgd", "the parameters", parameters, DType.FLOAT32);
    CudaBuffer.checkType("sgd", "the gradients", gradients, DType.FLOAT32);
    checkCopy("sgd", copy);
    checkAverage("sgd", average);
    if (remembers) {
      CudaBuffer.checkType("sgd", "the momentum buffer", momentumBuffer, DType.FLOAT32);
    }
    Launch launch = device
        .launch(device.kernel(FAMILY, average == null ? "sgd" : "sgdAverage"))
        .grid(Grids.elements(Grids.blocks(n, FOUR)))
        .span(parameters, n)
        .span(gradients, n)
        .span(remembers ? momentumBuffer : null, n)
        .span(control, 3)
        .longSize("n", n)
        .numbers(numbersOf(average, step.learningRate()))
        .real(step.weightDecay())
        .real(step.momentum())
        .real(step.nesterov() ? 1 : 0)
        .span(copy, n);
    keeping(launch, n, average).whereNumbersAre().run();
  }

  private static void checkAverage(String kernel, Average average) {
    if (average != null) {
      CudaBuffer.checkType(kernel, "the average", average.values(), DType.FLOAT32);
    }
  }

  /** A step's numbers, and behind them what a kernel that also keeps an average takes of it. */
  private static double[] numbersOf(Average average, double... numbers) {
    if (average == null) {
      return numbers;
    }
    double[] all = Arrays.copyOf(numbers, numbers.length + 1);
    all[numbers.length] = 1 - average.decay();
    return all;
  }

  private static Launch keeping(Launch launch, long n, Average average) {
    return average == null ? launch : launch.span(average.values(), n);
  }

  private static void checkCopy(String kernel, Span copy) {
    if (copy != null) {
      CudaBuffer.checkType(kernel, "the parameters' copy", copy, DType.BF16);
    }
  }

  @Override
  public void movingAverage(long n, double decay, Span control, Span parameters, Span average) {
    if (n == 0) {
      return;
    }
    CudaBuffer.checkType("movingAverage", "the parameters", parameters, DType.FLOAT32);
    CudaBuffer.checkType("movingAverage", "the average", average, DType.FLOAT32);
    if (control != null) {
      CudaBuffer.checkType("movingAverage", "the control", control, DType.FLOAT32);
    }
    device
        .launch(device.kernel(FAMILY, "movingAverage"))
        .grid(Grids.elements(Grids.blocks(n, FOUR)))
        .span(parameters, n)
        .span(average, n)
        .longSize("n", n)
        .numbers(1 - decay)
        .span(control, 3)
        .whereNumbersAre()
        .run();
  }
}
