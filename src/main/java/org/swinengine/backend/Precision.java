package org.swinengine.backend;

/** In what activations are computed. Parameters, statistics and losses are never in half precision. */
public enum Precision {
  /** The device's own full precision: float32, and float64 on the reference. */
  FULL,
  /** bf16 with float32 accumulation; only GPUs have it. */
  MIXED,
  /** {@link #MIXED} on a GPU, {@link #FULL} elsewhere. */
  MIXED_ON_GPU
}
