package org.swinengine.conformance;

/**
 * How far a float32 kernel may be from the reference: max|Δ| / max(max|reference|, scale), where the scale of
 * a result is what its terms add up to where they cancel ({@link #SCALE} unless a test says otherwise).
 * 2⁻²⁴ ≈ 6e-8 is half a unit in the last place.
 */
final class Tolerance {
  /** Operands are of order one; a result that is much smaller everywhere is measured against this. */
  static final double SCALE = 1e-3;

  /** Copies, gathers, masks: no arithmetic, or arithmetic that float32 does exactly. */
  static final double EXACT = 0;

  /** One or two roundings of each element. */
  static final double ROUNDING = 1.5e-7;

  /** Polynomials for exp and erf: a few units in the last place. */
  static final double ELEMENTARY = 5e-7;

  /** Sums in float64 of float32 values, rounded once at the end. */
  static final double DOUBLE_SUM = 1.5e-7;

  /** Sums in float32 over up to some thousand terms, in at least 16 partial sums. */
  static final double SUM = 2e-6;

  /** Row statistics in float32 and two or three roundings after them. */
  static final double NORM = 2e-6;

  /** Products with up to 3072 terms, accumulated in float32 in a fixed order: error grows like √K·2⁻²⁴. */
  static final double PRODUCT = 2e-6;

  /**
   * Products of operands rounded to TF32, which puts each off by up to 2⁻¹¹ of itself: docs/NUMERICS.md.
   * Twice the most that was seen, 8.4e-4.
   */
  static final double TENSOR_FLOAT = 1.7e-3;

  /** Two products in a row, GELU between them; or a LayerNorm before a product. */
  static final double FUSED = 4e-6;

  /** Logits, softmax and a product with V. */
  static final double ATTENTION = 3e-6;

  /** Probabilities made anew from kept statistics, and two more products. */
  static final double ATTENTION_GRADIENT = 1e-5;

  /**
   * The rounding of a result to bf16, which has 8 bits of significand, the first of them implied: neighbours
   * of 1 are 2⁻⁷ apart, so half a unit in the last place is 2⁻⁸.
   */
  static final double HALF_ROUNDING = 0x1p-8;

  /** Operands, probabilities or hidden activations are rounded to bf16 between two products. */
  static final double HALF_BETWEEN = 1.5e-2;

  private Tolerance() {}
}
