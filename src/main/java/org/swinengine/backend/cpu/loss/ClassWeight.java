package org.swinengine.backend.cpu.loss;

import java.util.Arrays;
import org.swinengine.backend.Span;
import org.swinengine.backend.cpu.runtime.CpuBuffer;

/** What a class weighs, and how much a row counts that is predicted well already. */
final class ClassWeight {
  private ClassWeight() {}

  /** The weights of all classes; 1 without any. */
  static float[] read(Span weights, int classes) {
    if (weights == null) {
      float[] ones = new float[classes];
      Arrays.fill(ones, 1);
      return ones;
    }
    int at = CpuBuffer.start(weights, classes);
    return Arrays.copyOfRange(CpuBuffer.floats(weights), at, at + classes);
  }

  /** {@code (1 − q)^γ} for {@code q = e^logProbability}. */
  static double focus(double logProbability, double gamma) {
    return gamma == 0 ? 1 : StrictMath.pow(-StrictMath.expm1(logProbability), gamma);
  }

  /** {@code (1 − q)^γ − γ·(1 − q)^(γ−1)·q·log q}: the derivative of {@code (1 − q)^γ·log q} by log q. */
  static double focusSlope(double logProbability, double gamma) {
    if (gamma == 0) {
      return 1;
    }
    double rest = -StrictMath.expm1(logProbability);
    if (rest == 0) {
      return 0;
    }
    double lessOne = StrictMath.pow(rest, gamma - 1);
    return lessOne * (rest - gamma * StrictMath.exp(logProbability) * logProbability);
  }
}
