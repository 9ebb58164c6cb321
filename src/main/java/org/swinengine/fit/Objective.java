package org.swinengine.fit;

import org.swinengine.autograd.Variable;
import org.swinengine.nn.ForwardMode;

/**
 * What training makes small: runs a net on a batch and says how wrong it is.
 *
 * @param <B> a batch
 */
@FunctionalInterface
public interface Objective<B> {
  /**
   * The loss of a batch, {@code []}, computed by differentiable operations.
   *
   * @param mode to be handed to the net's layers
   */
  Variable loss(B batch, ForwardMode mode);

  /**
   * What the batch's loss was divided by, by which batches of one step are weighed: a step of several is
   * that of one large batch. The number of samples unless the mean is weighted.
   *
   * @param samples of the batch
   */
  default double weight(B batch, int samples) {
    return samples;
  }

  /**
   * What is measured on held batches.
   *
   * @param loss mean over the batch's samples
   * @param right samples whose class was found; -1 where there are no classes
   */
  record Measured(double loss, long right) {}

  /** Measures a held batch, in evaluation mode and without a tape; the loss alone unless it is overridden. */
  default Measured measure(B batch) {
    return new Measured(loss(batch, ForwardMode.EVALUATION).value().item(), -1);
  }
}
