package org.swinengine.metrics.probe;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;

/**
 * The minimum of a smooth convex function by limited-memory BFGS (Nocedal, 1980; Nocedal and Wright,
 * "Numerical Optimization", algorithm 7.5) with steps that are halved until the function falls enough.
 */
final class LimitedMemoryBfgs {
  private static final int MEMORY = 10;
  private static final double LEAST_FALL = 1e-4;
  private static final int MOST_HALVINGS = 40;

  /** A function. */
  interface Function {
    /**
     * Its value and gradient.
     *
     * @param point where
     * @param gradient receives it
     */
    double at(double[] point, double[] gradient);
  }

  /** A positive definite matrix that is about the function's second derivative. */
  interface Metric {
    /** Multiplies by its inverse, in place. */
    void divide(double[] vector);
  }

  /**
   * A step and how the gradient changed over it.
   *
   * @param scale one over their product
   * @param length what the change's square is in the metric's inverse
   */
  private record Change(double[] step, double[] gradient, double scale, double length) {}

  private LimitedMemoryBfgs() {}

  /**
   * Finds it.
   *
   * @param metric in which the first steps are the steepest
   * @param start where to begin
   * @param tolerance largest entry of the gradient that is small enough
   * @param iterations most steps
   */
  static double[] minimum(
      Function function, Metric metric, double[] start, double tolerance, int iterations) {
    int n = start.length;
    double[] point = start.clone();
    double[] gradient = new double[n];
    double value = function.at(point, gradient);
    Deque<Change> memory = new ArrayDeque<>();
    for (int iteration = 0; iteration < iterations && largest(gradient) > tolerance; iteration++) {
      double[] direction = direction(gradient, metric, memory);
      double slope = dot(direction, gradient);
      double length = 1;
      double[] next = new double[n];
      double[] nextGradient = new double[n];
      double nextValue = Double.POSITIVE_INFINITY;
      for (int halving = 0; halving < MOST_HALVINGS; halving++) {
        for (int i = 0; i < n; i++) {
          next[i] = point[i] + length * direction[i];
        }
        nextValue = function.at(next, nextGradient);
        if (nextValue <= value + LEAST_FALL * length * slope) {
          break;
        }
        length /= 2;
      }
      if (!(nextValue < value)) {
        // Rounding hides what is left to gain.
        break;
      }
      remember(point, gradient, next, nextGradient, metric, memory);
      point = next;
      gradient = nextGradient;
      value = nextValue;
    }
    return point;
  }

  private static void remember(
      double[] point, double[] gradient, double[] next, double[] nextGradient, Metric metric,
      Deque<Change> memory) {
    double[] step = new double[point.length];
    double[] change = new double[point.length];
    for (int i = 0; i < step.length; i++) {
      step[i] = next[i] - point[i];
      change[i] = nextGradient[i] - gradient[i];
    }
    double product = dot(step, change);
    if (product > 0) {
      double[] divided = change.clone();
      metric.divide(divided);
      memory.addLast(new Change(step, change, 1 / product, dot(change, divided)));
      if (memory.size() > MEMORY) {
        memory.removeFirst();
      }
    }
  }

  /** The gradient's opposite, times what the memory knows of the inverse Hessian. */
  private static double[] direction(double[] gradient, Metric metric, Deque<Change> memory) {
    double[] direction = new double[gradient.length];
    addTo(direction, -1, gradient);
    double[] factors = new double[memory.size()];
    int at = memory.size();
    for (Iterator<Change> latestFirst = memory.descendingIterator(); latestFirst.hasNext();) {
      Change change = latestFirst.next();
      at--;
      factors[at] = change.scale() * dot(change.step(), direction);
      addTo(direction, -factors[at], change.gradient());
    }
    metric.divide(direction);
    if (!memory.isEmpty()) {
      Change last = memory.getLast();
      double scale = 1 / (last.scale() * last.length());
      for (int i = 0; i < direction.length; i++) {
        direction[i] *= scale;
      }
    }
    for (Change change : memory) {
      double factor = factors[at] - change.scale() * dot(change.gradient(), direction);
      addTo(direction, factor, change.step());
      at++;
    }
    return direction;
  }

  private static void addTo(double[] sum, double factor, double[] values) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] += factor * values[i];
    }
  }

  private static double dot(double[] a, double[] b) {
    return Neighbours.dot(a, 0, b, 0, a.length);
  }

  private static double largest(double[] values) {
    double largest = 0;
    for (double value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }
}
