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
}
