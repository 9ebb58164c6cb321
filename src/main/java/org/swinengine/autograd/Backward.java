package org.swinengine.autograd;

/**
 * The backward half of an operation: from the gradient of its result to the gradients of its inputs. It runs
 * once, within a scope of its own.
 */
@FunctionalInterface
public interface Backward {
  void run(GradientFlow flow);
}
