package org.swinengine.backend.reference;

import org.swinengine.backend.OptimizerKernels;
import org.swinengine.backend.Span;

/** Optimizer family of the reference: the steps of PyTorch's single-tensor implementation, in its order. */
final class ReferenceOptimizer implements OptimizerKernels {
  @Override
  public void clipControl(Span sumOfSquares, double maximumNorm, Span control) {
    double norm = Math.sqrt(ReferenceBuffer.read(sumOfSquares, 1)[0]);
    double factor = maximumNorm > 0 ? Math.min(1, maximumNorm / (norm + 1e-6)) : 1;
    boolean finite = !Double.isNaN(norm) && !Double.isInfinite(norm);
    ReferenceBuffer.write(new double[] {norm, factor, finite ? 1 : 0}, control);
  }

  @Override
  public void adamW(
      long n,
      AdamW step,
      Span control,
      Span parameters,
      Span gradients,
      Span firstMoment,
      Span secondMoment) {
    double[] factorAndFlag = ReferenceBuffer.read(control, 3);
    if (factorAndFlag[2] == 0) {
      return;
    }
    double[] p = ReferenceBuffer.read(parameters, n);
    double[] g = ReferenceBuffer.read(gradients, n);
    double[] m = ReferenceBuffer.read(firstMoment, n);
    double[] v = ReferenceBuffer.read(secondMoment, n);
    double correction1 = 1 - StrictMath.pow(step.beta1(), step.step());
    double correction2 = 1 - StrictMath.pow(step.beta2(), step.step());
    for (int i = 0; i < n; i++) {
      double gradient = factorAndFlag[1] * g[i];
      p[i] *= 1 - step.learningRate() * step.weightDecay();
      m[i] += (gradient - m[i]) * (1 - step.beta1());
      v[i] = v[i] * step.beta2() + (1 - step.beta2()) * gradient * gradient;
      double denominator = Math.sqrt(v[i]) / Math.sqrt(correction2) + step.epsilon();
      p[i] -= step.learningRate() / correction1 * (m[i] / denominator);
    }
    ReferenceBuffer.write(p, parameters);
    ReferenceBuffer.write(m, firstMoment);
    ReferenceBuffer.write(v, secondMoment);
  }

  @Override
  public void sgd(
      long n, Sgd step, Span control, Span parameters, Span gradients, Span momentumBuffer) {
    double[] factorAndFlag = ReferenceBuffer.read(control, 3);
    if (factorAndFlag[2] == 0) {
      return;
    }
    boolean remembers = step.momentum() > 0;
    double[] p = ReferenceBuffer.read(parameters, n);
    double[] g = ReferenceBuffer.read(gradients, n);
    double[] b = remembers ? ReferenceBuffer.read(momentumBuffer, n) : new double[0];
    for (int i = 0; i < n; i++) {
      double direction = factorAndFlag[1] * g[i] + step.weightDecay() * p[i];
      if (remembers) {
        b[i] = step.momentum() * b[i] + direction;
        direction = step.nesterov() ? direction + step.momentum() * b[i] : b[i];
      }
      p[i] -= step.learningRate() * direction;
    }
    ReferenceBuffer.write(p, parameters);
    if (remembers) {
      ReferenceBuffer.write(b, momentumBuffer);
    }
  }

  @Override
  public void movingAverage(long n, double decay, Span parameters, Span average) {
    double[] p = ReferenceBuffer.read(parameters, n);
    double[] a = ReferenceBuffer.read(average, n);
    for (int i = 0; i < n; i++) {
      a[i] = decay * a[i] + (1 - decay) * p[i];
    }
    ReferenceBuffer.write(a, average);
  }
}
