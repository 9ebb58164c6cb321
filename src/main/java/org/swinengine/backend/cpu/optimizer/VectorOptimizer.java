package org.swinengine.backend.cpu.optimizer;

import jdk.incubator.vector.FloatVector;
import org.swinengine.backend.cpu.simd.Lanes;

/** {@link OptimizerLoops} in vectors. */
public final class VectorOptimizer implements OptimizerLoops {
  /** What is left of a row behind the last whole vector. */
  private static final ScalarOptimizer TAIL = new ScalarOptimizer();

  @Override
  public void adamW(
      AdamWFactors by, float[] p, int pAt, float[] g, int gAt, float[] m, int mAt, float[] v, int vAt,
      int n) {
    FloatVector gradientFactor = FloatVector.broadcast(Lanes.FLOAT, by.gradientFactor());
    FloatVector oneMinusBeta1 = FloatVector.broadcast(Lanes.FLOAT, by.oneMinusBeta1());
    FloatVector beta2 = FloatVector.broadcast(Lanes.FLOAT, by.beta2());
    FloatVector oneMinusBeta2 = FloatVector.broadcast(Lanes.FLOAT, by.oneMinusBeta2());
    FloatVector rootOfCorrection2 = FloatVector.broadcast(Lanes.FLOAT, by.rootOfCorrection2());
    FloatVector epsilon = FloatVector.broadcast(Lanes.FLOAT, by.epsilon());
    FloatVector decay = FloatVector.broadcast(Lanes.FLOAT, by.decay());
    FloatVector minusStepSize = FloatVector.broadcast(Lanes.FLOAT, by.minusStepSize());
    FloatVector penalty = FloatVector.broadcast(Lanes.FLOAT, by.penalty());
    int i = 0;
    for (; i <= n - Lanes.COUNT; i += Lanes.COUNT) {
      FloatVector parameter = FloatVector.fromArray(Lanes.FLOAT, p, pAt + i);
      FloatVector gradient = FloatVector.fromArray(Lanes.FLOAT, g, gAt + i).mul(gradientFactor);
      gradient = penalty.fma(parameter, gradient);
      FloatVector first = FloatVector.fromArray(Lanes.FLOAT, m, mAt + i);
      first = oneMinusBeta1.fma(gradient.sub(first), first);
      FloatVector second = FloatVector.fromArray(Lanes.FLOAT, v, vAt + i).mul(beta2);
      second = second.add(oneMinusBeta2.mul(gradient).mul(gradient));
      FloatVector denominator = second.sqrt().div(rootOfCorrection2).add(epsilon);
      FloatVector decayed = parameter.mul(decay);
      first.intoArray(m, mAt + i);
      second.intoArray(v, vAt + i);
      decayed.add(minusStepSize.mul(first).div(denominator)).intoArray(p, pAt + i);
    }
    TAIL.adamW(by, p, pAt + i, g, gAt + i, m, mAt + i, v, vAt + i, n - i);
  }

  @Override
  public void sgd(SgdFactors by, float[] p, int pAt, float[] g, int gAt, int n) {
    FloatVector gradientFactor = FloatVector.broadcast(Lanes.FLOAT, by.gradientFactor());
    FloatVector weightDecay = FloatVector.broadcast(Lanes.FLOAT, by.weightDecay());
    FloatVector minusLearningRate = FloatVector.broadcast(Lanes.FLOAT, by.minusLearningRate());
    int i = 0;
    for (; i <= n - Lanes.COUNT; i += Lanes.COUNT) {
      FloatVector parameter = FloatVector.fromArray(Lanes.FLOAT, p, pAt + i);
      FloatVector gradient = FloatVector.fromArray(Lanes.FLOAT, g, gAt + i).mul(gradientFactor);
      FloatVector direction = weightDecay.fma(parameter, gradient);
      minusLearningRate.fma(direction, parameter).intoArray(p, pAt + i);
    }
    TAIL.sgd(by, p, pAt + i, g, gAt + i, n - i);
  }

  @Override
  public void sgdMomentum(
      SgdFactors by, float[] p, int pAt, float[] g, int gAt, float[] b, int bAt, int n) {
    FloatVector gradientFactor = FloatVector.broadcast(Lanes.FLOAT, by.gradientFactor());
    FloatVector weightDecay = FloatVector.broadcast(Lanes.FLOAT, by.weightDecay());
    FloatVector momentum = FloatVector.broadcast(Lanes.FLOAT, by.momentum());
    FloatVector ofGradient = FloatVector.broadcast(Lanes.FLOAT, by.ofGradient());
    FloatVector ofBuffer = FloatVector.broadcast(Lanes.FLOAT, by.ofBuffer());
    FloatVector minusLearningRate = FloatVector.broadcast(Lanes.FLOAT, by.minusLearningRate());
    int i = 0;
    for (; i <= n - Lanes.COUNT; i += Lanes.COUNT) {
      FloatVector parameter = FloatVector.fromArray(Lanes.FLOAT, p, pAt + i);
      FloatVector scaled = FloatVector.fromArray(Lanes.FLOAT, g, gAt + i).mul(gradientFactor);
      FloatVector gradient = weightDecay.fma(parameter, scaled);
      FloatVector buffer = momentum.fma(FloatVector.fromArray(Lanes.FLOAT, b, bAt + i), gradient);
      buffer.intoArray(b, bAt + i);
      FloatVector direction = ofGradient.fma(gradient, ofBuffer.mul(buffer));
      minusLearningRate.fma(direction, parameter).intoArray(p, pAt + i);
    }
    TAIL.sgdMomentum(by, p, pAt + i, g, gAt + i, b, bAt + i, n - i);
  }

  @Override
  public void lambDirection(
      LambFactors by, float[] p, int pAt, float[] g, int gAt, float[] m, int mAt, float[] v, int vAt,
      int n) {
    FloatVector gradientFactor = FloatVector.broadcast(Lanes.FLOAT, by.gradientFactor());
    FloatVector beta1 = FloatVector.broadcast(Lanes.FLOAT, by.beta1());
    FloatVector share = FloatVector.broadcast(Lanes.FLOAT, by.share());
    FloatVector beta2 = FloatVector.broadcast(Lanes.FLOAT, by.beta2());
    FloatVector oneMinusBeta2 = FloatVector.broadcast(Lanes.FLOAT, by.oneMinusBeta2());
    FloatVector correction1 = FloatVector.broadcast(Lanes.FLOAT, by.correction1());
    FloatVector rootOfCorrection2 = FloatVector.broadcast(Lanes.FLOAT, by.rootOfCorrection2());
    FloatVector epsilon = FloatVector.broadcast(Lanes.FLOAT, by.epsilon());
    FloatVector weightDecay = FloatVector.broadcast(Lanes.FLOAT, by.weightDecay());
    int i = 0;
    for (; i <= n - Lanes.COUNT; i += Lanes.COUNT) {
      FloatVector gradient = FloatVector.fromArray(Lanes.FLOAT, g, gAt + i).mul(gradientFactor);
      FloatVector first = FloatVector.fromArray(Lanes.FLOAT, m, mAt + i).mul(beta1);
      first = first.add(share.mul(gradient));
      FloatVector second = FloatVector.fromArray(Lanes.FLOAT, v, vAt + i).mul(beta2);
      second = second.add(oneMinusBeta2.mul(gradient).mul(gradient));
      FloatVector denominator = second.sqrt().div(rootOfCorrection2).add(epsilon);
      FloatVector parameter = FloatVector.fromArray(Lanes.FLOAT, p, pAt + i);
      first.intoArray(m, mAt + i);
      second.intoArray(v, vAt + i);
      weightDecay.fma(parameter, first.div(correction1).div(denominator)).intoArray(g, gAt + i);
    }
    TAIL.lambDirection(by, p, pAt + i, g, gAt + i, m, mAt + i, v, vAt + i, n - i);
  }

  @Override
  public void movingAverage(float rest, float[] p, int pAt, float[] average, int averageAt, int n) {
    FloatVector rests = FloatVector.broadcast(Lanes.FLOAT, rest);
    int i = 0;
    for (; i <= n - Lanes.COUNT; i += Lanes.COUNT) {
      FloatVector before = FloatVector.fromArray(Lanes.FLOAT, average, averageAt + i);
      FloatVector change = FloatVector.fromArray(Lanes.FLOAT, p, pAt + i).sub(before);
      rests.fma(change, before).intoArray(average, averageAt + i);
    }
    TAIL.movingAverage(rest, p, pAt + i, average, averageAt + i, n - i);
  }
}
