package org.swinengine.backend.cuda;

import org.swinengine.backend.DType;
import org.swinengine.backend.OptimizerKernels;
import org.swinengine.backend.Span;

/** Optimizer family on the GPU: {@code optimizer.cu}. */
final class CudaOptimizer implements OptimizerKernels {
  private static final String FAMILY = "optimizer";

  private final CudaDevice device;

  CudaOptimizer(CudaDevice device) {
    this.device = device;
  }

  @Override
  public void clipControl(Span sumOfSquares, double maximumNorm, Span control) {
    device
        .launch(device.kernel(FAMILY, "clipControl"))
        .block(1)
        .span(float32(sumOfSquares), 1)
        .real64(maximumNorm)
        .span(float32(control), 3)
        .run();
  }

  @Override
  public void adamW(
      long n, AdamW step, Span control, Span parameters, Span gradients, Span firstMoment, Span secondMoment) {
    if (n == 0) {
      return;
    }
    long addresses =
        CudaBuffer.address(parameters)
            | CudaBuffer.address(gradients)
            | CudaBuffer.address(firstMoment)
            | CudaBuffer.address(secondMoment);
    boolean aligned = addresses % 16 == 0;
    device
        .launch(device.kernel(FAMILY, "adamW"))
        .grid(Grids.elements(aligned ? Grids.blocks(n, 4) : n))
        .longSize("n", n)
        .span(float32(control), 3)
        .span(float32(parameters), n)
        .span(float32(gradients), n)
        .span(float32(firstMoment), n)
        .span(float32(secondMoment), n)
        .flag(aligned)
        .real(step.decay())
        .real(1 - step.beta1())
        .real(step.beta2())
        .real(1 - step.beta2())
        .real(step.stepSize())
        .real(step.rootOfCorrection2())
        .real(step.epsilon())
        .run();
  }

  @Override
  public void movingAverage(long n, double decay, Span parameters, Span average) {
    if (n > 0) {
      device
          .launch(device.kernel(FAMILY, "movingAverage"))
          .grid(Grids.elements(n))
          .longSize("n", n)
          .real(decay)
          .real(1 - decay)
          .span(float32(parameters), n)
          .span(float32(average), n)
          .run();
    }
  }

  private static Span float32(Span span) {
    CudaBuffer.checkType("optimizer", "an operand", span, DType.FLOAT32);
    return span;
  }
}
