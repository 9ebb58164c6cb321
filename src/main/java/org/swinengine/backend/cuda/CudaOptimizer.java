package org.swinengine.backend.cuda;

import org.swinengine.backend.DType;
import org.swinengine.backend.OptimizerKernels;
import org.swinengine.backend.Span;

/** Optimizer family on the GPU: {@code optimizer.cu}. All operands are float32. */
final class CudaOptimizer implements OptimizerKernels {
  private static final String FAMILY = "optimizer";

  /** Elements of a thread, sixteen bytes of each operand. */
  private static final int FOUR = 4;

  private final CudaDevice device;

  CudaOptimizer(CudaDevice device) {
    this.device = device;
  }

  @Override
  public void clipControl(Span sumOfSquares, double maximumNorm, Span control) {
    CudaBuffer.checkType("clipControl", "the sum of squares", sumOfSquares, DType.FLOAT32);
    CudaBuffer.checkType("clipControl", "the control", control, DType.FLOAT32);
    device
        .launch(device.kernel(FAMILY, "clipControl"))
        .block(1)
        .span(sumOfSquares, 1)
        .real64(maximumNorm)
        .span(control, 3)
        .run();
  }

  @Override
  public void adamW(
      long n, AdamW step, Span control, Span parameters, Span gradients, Span firstMoment,
      Span secondMoment) {
    if (n == 0) {
      return;
    }
    CudaBuffer.checkType("adamW", "the control", control, DType.FLOAT32);
    CudaBuffer.checkType("adamW", "the parameters", parameters, DType.FLOAT32);
    CudaBuffer.checkType("adamW", "the gradients", gradients, DType.FLOAT32);
    CudaBuffer.checkType("adamW", "the first moment", firstMoment, DType.FLOAT32);
    CudaBuffer.checkType("adamW", "the second moment", secondMoment, DType.FLOAT32);
    device
        .launch(device.kernel(FAMILY, "adamW"))
        .grid(Grids.elements(Grids.blocks(n, FOUR)))
        .span(parameters, n)
        .span(gradients, n)
        .span(firstMoment, n)
        .span(secondMoment, n)
        .span(control, 3)
        .longSize("n", n)
        .real(step.learningRate() * step.weightDecay())
        .real(1 - step.beta1())
        .real(1 - step.beta2())
        .real(step.stepSize())
        .real(1 / step.rootOfCorrection2())
        .real(step.epsilon())
        .run();
  }

  @Override
  public void sgd(long n, Sgd step, Span control, Span parameters, Span gradients, Span momentumBuffer) {
    if (n == 0) {
      return;
    }
    boolean remembers = step.momentum() > 0;
    CudaBuffer.checkType("sgd", "the control", control, DType.FLOAT32);
    CudaBuffer.checkType("sgd", "the parameters", parameters, DType.FLOAT32);
    CudaBuffer.checkType("sgd", "the gradients", gradients, DType.FLOAT32);
    if (remembers) {
      CudaBuffer.checkType("sgd", "the momentum buffer", momentumBuffer, DType.FLOAT32);
    }
    device
        .launch(device.kernel(FAMILY, "sgd"))
        .grid(Grids.elements(Grids.blocks(n, FOUR)))
        .span(parameters, n)
        .span(gradients, n)
        .span(remembers ? momentumBuffer : null, n)
        .span(control, 3)
        .longSize("n", n)
        .real(step.learningRate())
        .real(step.weightDecay())
        .real(step.momentum())
        .real(step.nesterov() ? 1 : 0)
        .run();
  }

  @Override
  public void movingAverage(long n, double decay, Span parameters, Span average) {
    if (n == 0) {
      return;
    }
    CudaBuffer.checkType("movingAverage", "the parameters", parameters, DType.FLOAT32);
    CudaBuffer.checkType("movingAverage", "the average", average, DType.FLOAT32);
    device
        .launch(device.kernel(FAMILY, "movingAverage"))
        .grid(Grids.elements(Grids.blocks(n, FOUR)))
        .span(parameters, n)
        .span(average, n)
        .longSize("n", n)
        .real(1 - decay)
        .run();
  }
}
