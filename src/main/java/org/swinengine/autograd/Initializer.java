package org.swinengine.autograd;

/** Gives a parameter its first values. */
@FunctionalInterface
public interface Initializer {
  /**
   * Fills {@code values}, the parameter's elements in row-major order.
   *
   * @param seed the run's seed
   * @param path the parameter's path: together they choose the random stream, so that a parameter's first
   *     values do not depend on the others
   */
  void fill(float[] values, long seed, String path);
}
