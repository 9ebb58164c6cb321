package org.swinengine.backend.cpu.optimizer;

import org.swinengine.backend.OptimizerKernels.AdamW;

/**
 * The constants of one AdamW step, made in double once and rounded.
 *
 * @param gradientFactor the clipping factor on the gradient
 * @param penalty what of the parameter is added to the gradient: Adam's weight decay
 * @param decay 1 − lr·weightDecay: AdamW's
 * @param minusStepSize −lr/(1 − β₁ᵗ)
 * @param rootOfCorrection2 √(1 − β₂ᵗ)
 */
record AdamWFactors(
    float gradientFactor,
    float penalty,
    float decay,
    float oneMinusBeta1,
    float beta2,
    float oneMinusBeta2,
    float minusStepSize,
    float rootOfCorrection2,
    float epsilon) {

  static AdamWFactors of(AdamW step, float gradientFactor) {
    return new AdamWFactors(
        gradientFactor,
        (float) step.penalty(),
        (float) step.decay(),
        (float) (1 - step.beta1()),
        (float) step.beta2(),
        (float) (1 - step.beta2()),
        (float) -step.stepSize(),
        (float) step.rootOfCorrection2(),
        (float) step.epsilon());
  }
}
