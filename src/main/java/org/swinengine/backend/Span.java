package org.swinengine.backend;

/**
 * A place in a buffer: where a kernel starts to read or write. Sizes are given to the kernel beside it. A
 * tensor is a span with a shape, so that tensors are handed to kernels as they are.
 */
public interface Span {
  /** The buffer that holds the elements. */
  Buffer buffer();

  /** Index of the first element, in elements of the buffer's type. */
  long offset();
}
