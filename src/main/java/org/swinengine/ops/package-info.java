/**
 * Differentiable operations, one a file, forward and backward side by side. An operation checks shapes, asks
 * the backend for kernels, and, where a {@link org.swinengine.autograd.Tape} records, saves what its backward
 * half reads. Results belong to the {@link org.swinengine.tensor.Scope} around the call; what an operation
 * needs on the way goes back at its end.
 */
@NullMarked
package org.swinengine.ops;

import org.jspecify.annotations.NullMarked;
