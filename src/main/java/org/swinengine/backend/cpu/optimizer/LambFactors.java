package org.swinengine.backend.cpu.optimizer;

import org.swinengine.backend.OptimizerKernels.Lamb;

/**
 * The constants of one LAMB step's direction, made in double once and rounded.
 *
 * @param gradientFactor the clipping factor on the gradient
 * @param share the gradient's share of the first moment
 */
record LambFactors(
    float gradientFactor,
    float beta1,
    float share,
    float beta2,
    float oneMinusBeta2,
    float correction1,
    float rootOfCorrection2,
    float epsilon,
    float weightDecay) {

  static LambFactors of(Lamb step, float gradientFactor) {
    return new LambFactors(
        gradientFactor,
        (float) step.beta1(),
        (float) step.share(),
        (float) step.beta2(),
        (float) (1 - step.beta2()),
        (float) step.correction1(),
        (float) step.rootOfCorrection2(),
        (float) step.epsilon(),
        (float) step.weightDecay());
  }
}
