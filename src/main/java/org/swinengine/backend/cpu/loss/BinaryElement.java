package org.swinengine.backend.cpu.loss;

import org.swinengine.backend.LossKernels.BinaryCost;

/** The loss of one yes or no, and its slope, in double; names as in the contract. */
final class BinaryElement {
  private BinaryElement() {}

  static double loss(double x, double t, double weight, BinaryCost cost) {
    double small = StrictMath.exp(-Math.abs(x));
    double plain = plain(x, t, weight, small);
    if (cost.gamma() != 0) {
      plain *= StrictMath.pow(missed(x, t, small), cost.gamma());
    }
    return balance(t, cost) * plain;
  }

  static double slope(double x, double t, double weight, BinaryCost cost) {
    double small = StrictMath.exp(-Math.abs(x));
    double larger = 1 / (1 + small);
    double smaller = small / (1 + small);
    double slope = 1 - t - (1 + (weight - 1) * t) * (x >= 0 ? smaller : larger);
    if (cost.gamma() != 0) {
      double missed = missed(x, t, small);
      if (missed == 0) {
        return 0;
      }
      double steepness = larger * smaller * (1 - 2 * t);
      slope =
          StrictMath.pow(missed, cost.gamma() - 1)
              * (missed * slope + cost.gamma() * steepness * plain(x, t, weight, small));
    }
    return balance(t, cost) * slope;
  }

  /**
   * @param small e^−|x|
   */
  private static double plain(double x, double t, double weight, double small) {
    return (1 - t) * x + (1 + (weight - 1) * t) * (StrictMath.log1p(small) + Math.max(-x, 0));
  }

  private static double missed(double x, double t, double small) {
    double larger = 1 / (1 + small);
    double smaller = small / (1 + small);
    return x >= 0 ? larger * (1 - t) + smaller * t : smaller * (1 - t) + larger * t;
  }

  private static double balance(double t, BinaryCost cost) {
    return cost.alpha() < 0 ? 1 : cost.alpha() * t + (1 - cost.alpha()) * (1 - t);
  }
}
