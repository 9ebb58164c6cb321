package org.swinengine.backend.cpu.optimizer;

import org.swinengine.backend.OptimizerKernels.Sgd;

/**
 * The constants of one SGD step, rounded once.
 *
 * @param gradientFactor the clipping factor on the gradient
 * @param ofGradient the new gradient's share of the direction: 1 with Nesterov's momentum, else 0
 * @param ofBuffer the buffer's share of the direction: μ with Nesterov's momentum, else 1
 */
record SgdFactors(
    float gradientFactor,
    float weightDecay,
    float momentum,
    float ofGradient,
    float ofBuffer,
    float minusLearningRate) {

  static SgdFactors of(Sgd step, float gradientFactor) {
    return new SgdFactors(
        gradientFactor,
        (float) step.weightDecay(),
        (float) step.momentum(),
        step.nesterov() ? 1 : 0,
        step.nesterov() ? (float) step.momentum() : 1,
        (float) -step.learningRate());
  }
}
