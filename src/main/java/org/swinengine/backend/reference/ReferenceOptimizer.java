package org.swinengine.backend.reference;

import org.swinengine.backend.OptimizerKernels;
import org.swinengine.backend.Span;

/** Optimizer family of the reference: the steps of PyTorch's single-tensor implementation, in its order. */
final class ReferenceOptimizer implements OptimizerKernels {
  @Override
  public void clipControl(
      Span sumOfSquares, Span losses, int parts, double maximumNorm, Span control) {
    double norm = Math.sqrt(ReferenceBuffer.read(sumOfSquares, 1)[0]);
    double factor = maximumNorm > 0 ? Math.min(1, maximumNorm / (norm + 1e-6)) : 1;
    boolean finite = Double.isFinite(norm);
    for (double loss : parts > 0 ? ReferenceBuffer.read(losses, parts) : new double[0]) {
      finite &= Double.isFinite(loss);
    }
    finite &= ReferenceBuffer.read(control, 3)[2] != 0;
    ReferenceBuffer.write(new double[] {norm, factor, finite ? 1 : 0}, control);
  }

  @Override
  public void clipValue(long n, double bound, Span gradients) {
    double[] g = ReferenceBuffer.read(gradients, n);
    for (int i = 0; i < n; i++) {
      g[i] = Math.min(Math.max(g[i], -bound), bound);
    }
    ReferenceBuffer.write(g, gradients);
  }

  @Override
  public void stretchSquares(int count, Span bounds, long elements, Span x, Span sums) {
    int[] bound = ReferenceBuffer.readInts(bounds, count + 1);
    double[] values = ReferenceBuffer.read(x, bound[count]);
    double[] sum = new double[count];
    for (int s = 0; s < count; s++) {
      for (int i = bound[s]; i < bound[s + 1]; i++) {
        sum[s] += values[i] * values[i];
      }
    }
    ReferenceBuffer.write(sum, sums);
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
    int[] bound = ReferenceBuffer.readInts(bounds, count + 1);
    double[] g = ReferenceBuffer.read(gradients, bound[count]);
    double[] ofParameters = ReferenceBuffer.read(parameterSquares, count);
    double[] ofGradients = ReferenceBuffer.read(gradientSquares, count);
    for (int s = 0; s < count; s++) {
      double most = factor * Math.max(Math.sqrt(ofParameters[s]), epsilon);
      double norm = Math.sqrt(ofGradients[s]);
      for (int i = bound[s]; i < bound[s + 1] && !(norm < most); i++) {
        g[i] *= most / Math.max(norm, 1e-6);
      }
    }
    ReferenceBuffer.write(g, gradients);
  }

  @Override
  public void lambDirection(
      long n, Lamb step, Span control, Span parameters, Span gradients, Span firstMoment, Span secondMoment) {
    double[] factorAndFlag = ReferenceBuffer.read(control, 3);
    if (factorAndFlag[2] == 0) {
      return;
    }
    double[] p = ReferenceBuffer.read(parameters, n);
    double[] g = ReferenceBuffer.read(gradients, n);
    double[] m = ReferenceBuffer.read(firstMoment, n);
    double[] v = ReferenceBuffer.read(secondMoment, n);
    for (int i = 0; i < n; i++) {
      double gradient = factorAndFlag[1] * g[i];
      m[i] = m[i] * step.beta1() + step.share() * gradient;
      v[i] = v[i] * step.beta2() + (1 - step.beta2()) * gradient * gradient;
      double denominator = Math.sqrt(v[i]) / step.rootOfCorrection2() + step.epsilon();
      g[i] = m[i] / step.correction1() / denominator + step.weightDecay() * p[i];
    }
    ReferenceBuffer.write(g, gradients);
    ReferenceBuffer.write(m, firstMoment);
    ReferenceBuffer.write(v, secondMoment);
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
    if (ReferenceBuffer.read(control, 3)[2] == 0) {
      return;
    }
    int[] bound = ReferenceBuffer.readInts(bounds, count + 1);
    double[] u = ReferenceBuffer.read(directions, bound[count]);
    double[] p = ReferenceBuffer.read(parameters, bound[count]);
    double[] ofParameters = ReferenceBuffer.readIfGiven(parameterSquares, count);
    double[] ofDirections = ReferenceBuffer.readIfGiven(directionSquares, count);
    for (int s = 0; s < count; s++) {
      double trust = 1;
      if (ofParameters != null && ofParameters[s] > 0 && ofDirections[s] > 0) {
        trust = Math.sqrt(ofParameters[s]) / Math.sqrt(ofDirections[s]);
        trust = trustAtMostOne ? Math.min(trust, 1) : trust;
      }
      for (int i = bound[s]; i < bound[s + 1]; i++) {
        p[i] -= learningRate * trust * u[i];
      }
    }
    ReferenceBuffer.write(p, parameters);
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
      double gradient = factorAndFlag[1] * g[i] + step.penalty() * p[i];
      p[i] *= step.decay();
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
      long n, Sgd step, Span control, Span parameters, Span gradients, Span momentumBuffer, Span copy) {
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
  public void movingAverage(long n, double decay, Span control, Span parameters, Span average) {
    if (control != null && ReferenceBuffer.read(control, 3)[2] == 0) {
      return;
    }
    double[] p = ReferenceBuffer.read(parameters, n);
    double[] a = ReferenceBuffer.read(average, n);
    for (int i = 0; i < n; i++) {
      a[i] = decay * a[i] + (1 - decay) * p[i];
    }
    ReferenceBuffer.write(a, average);
  }
}
