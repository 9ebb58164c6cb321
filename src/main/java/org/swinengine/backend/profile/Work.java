package org.swinengine.backend.profile;

import org.swinengine.backend.Span;

/**
 * What a kernel call does at least.
 *
 * @param kind the method and the sizes that its speed depends on, in ASCII for people; calls of one kind are
 *     added up
 * @param flop floating point operations
 * @param bytes of operands and results
 */
record Work(String kind, double flop, double bytes) {
  /** Bytes of {@code elements} elements of an operand; 0 for none. */
  static double bytes(Span operand, double elements) {
    return operand == null ? 0 : elements * operand.buffer().dtype().bytes();
  }

  /** Bytes of a result that is replaced, or read too and added to; 0 for none. */
  static double result(Span result, double elements, boolean accumulate) {
    return bytes(result, elements) * (accumulate ? 2 : 1);
  }
}
