package org.swinengine.backend.cpu.optimizer;

/** {@link OptimizerLoops}, one element at a time; also the tails of {@link VectorOptimizer}. */
public final class ScalarOptimizer implements OptimizerLoops {
  @Override
  public void adamW(
      AdamWFactors by, float[] p, int pAt, float[] g, int gAt, float[] m, int mAt, float[] v, int vAt,
      int n) {
    for (int i = 0; i < n; i++) {
      float parameter = p[pAt + i];
      float gradient = Math.fma(by.penalty(), parameter, g[gAt + i] * by.gradientFactor());
      float first = m[mAt + i];
      first = Math.fma(by.oneMinusBeta1(), gradient - first, first);
      float second = v[vAt + i] * by.beta2() + by.oneMinusBeta2() * gradient * gradient;
      float denominator = (float) Math.sqrt(second) / by.rootOfCorrection2() + by.epsilon();
      float decayed = parameter * by.decay();
      m[mAt + i] = first;
      v[vAt + i] = second;
      p[pAt + i] = decayed + by.minusStepSize() * first / denominator;
    }
  }

  @Override
  public void sgd(SgdFactors by, float[] p, int pAt, float[] g, int gAt, int n) {
    for (int i = 0; i < n; i++) {
      float parameter = p[pAt + i];
      float direction = Math.fma(by.weightDecay(), parameter, g[gAt + i] * by.gradientFactor());
      p[pAt + i] = Math.fma(by.minusLearningRate(), direction, parameter);
    }
  }

  @Override
  public void sgdMomentum(
      SgdFactors by, float[] p, int pAt, float[] g, int gAt, float[] b, int bAt, int n) {
    for (int i = 0; i < n; i++) {
      float parameter = p[pAt + i];
      float gradient = Math.fma(by.weightDecay(), parameter, g[gAt + i] * by.gradientFactor());
      float buffer = Math.fma(by.momentum(), b[bAt + i], gradient);
      b[bAt + i] = buffer;
      float direction = Math.fma(by.ofGradient(), gradient, by.ofBuffer() * buffer);
      p[pAt + i] = Math.fma(by.minusLearningRate(), direction, parameter);
    }
  }

  @Override
  public void lambDirection(
      LambFactors by, float[] p, int pAt, float[] g, int gAt, float[] m, int mAt, float[] v, int vAt,
      int n) {
    for (int i = 0; i < n; i++) {
      float gradient = g[gAt + i] * by.gradientFactor();
      float first = m[mAt + i] * by.beta1() + by.share() * gradient;
      float second = v[vAt + i] * by.beta2() + by.oneMinusBeta2() * gradient * gradient;
      float denominator = (float) Math.sqrt(second) / by.rootOfCorrection2() + by.epsilon();
      m[mAt + i] = first;
      v[vAt + i] = second;
      g[gAt + i] = Math.fma(by.weightDecay(), p[pAt + i], first / by.correction1() / denominator);
    }
  }

  @Override
  public void movingAverage(float rest, float[] p, int pAt, float[] average, int averageAt, int n) {
    for (int i = 0; i < n; i++) {
      float before = average[averageAt + i];
      average[averageAt + i] = Math.fma(rest, p[pAt + i] - before, before);
    }
  }
}
