package org.swinengine.backend.cpu.simd;

/**
 * eˣ within 2 ulp over the whole range of float, results below 1.2e-38 (denormal) included. {@link VectorExp}
 * gives the same bits.
 *
 * <p>x = n·ln 2 + r with |r| ≤ ½ ln 2 (Cody and Waite's reduction in two parts of ln 2), eʳ by a minimax
 * polynomial, then times 2ⁿ in two factors, because n reaches −150 and 128.
 */
public final class ScalarExp {
  public static final float LOG2_E = 1.44269504f;

  /** 1.5·2²³: adding it rounds to an integer, which then stands in the low bits. */
  public static final float ROUNDER = 12582912f;

  static final int ROUNDER_BITS = 0x4b400000;

  /** ln 2 = LN2_HIGH + LN2_LOW; the high part has 9 bits, so that its products with n are exact. */
  public static final float LN2_HIGH = 0.693359375f;

  public static final float LN2_LOW = -2.12194440e-4f;

  /** Beyond these the result is 0 or infinite. */
  static final float LOWEST = -104f;

  static final float HIGHEST = 89f;

  public static final float E2 = 4.9999994e-1f;
  public static final float E3 = 1.6666521e-1f;
  public static final float E4 = 4.166839e-2f;
  public static final float E5 = 8.3687175e-3f;
  public static final float E6 = 1.3814596e-3f;

  private ScalarExp() {}

  /** eˣ; NaN stays NaN, −∞ gives 0, above 88.72 the result is infinite. */
  public static float exp(float x) {
    float y = x < LOWEST ? LOWEST : x;
    y = y > HIGHEST ? HIGHEST : y;
    float t = Math.fma(y, LOG2_E, ROUNDER);
    float n = t - ROUNDER;
    float r = Math.fma(n, -LN2_HIGH, y);
    r = Math.fma(n, -LN2_LOW, r);
    float p = E6;
    p = Math.fma(p, r, E5);
    p = Math.fma(p, r, E4);
    p = Math.fma(p, r, E3);
    p = Math.fma(p, r, E2);
    p = Math.fma(p, r * r, r) + 1f;
    int power = Float.floatToRawIntBits(t) - ROUNDER_BITS;
    int half = power >> 1;
    float first = Float.intBitsToFloat((half + 127) << 23);
    float second = Float.intBitsToFloat((power - half + 127) << 23);
    return p * first * second;
  }
}
