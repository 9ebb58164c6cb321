/**
 * The oracle: every kernel in float64, written straight from its description, on one thread. Kernels copy
 * their operands out of the buffers, compute, and copy the result back, so that results may overlay operands
 * wherever the contract allows it. Matrix products are EJML's.
 */
package org.swinengine.backend.reference;
