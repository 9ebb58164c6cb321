package org.swinengine.backend;

/** In what activations are computed. Parameters, statistics and losses are never in half precision. */
public enum Precision {
  /** The device's own full precision: float32, and float64 on the reference. */
  FULL,
  /**
   * float32, but that matrix products round the elements of their operands to TF32 (ten bits behind the
   * leading one) and add in float32, on tensor cores; only GPUs have it. Attention is float32.
   */
  TF32,
  /** {@link #TF32} on a GPU, {@link #FULL} elsewhere. */
  TF32_ON_GPU,
  /** bf16 with float32 accumulation; only GPUs have it. */
  MIXED,
  /** {@link #MIXED} on a GPU, {@link #FULL} elsewhere. */
  MIXED_ON_GPU
}
