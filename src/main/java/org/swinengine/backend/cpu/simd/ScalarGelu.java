package org.swinengine.backend.cpu.simd;

/**
 * Exact GELU, x·Φ(x) (Hendrycks &amp; Gimpel 2016; PyTorch's {@code gelu(approximate="none")}), and its
 * derivative Φ(x) + x·φ(x), within 2.5e-7·max(1, |x|). {@link VectorGelu} gives the same bits.
 *
 * <p>Φ(x) − ½ and Φ(x) + x·φ(x) − ½ are x times an analytic function of x², so one polynomial in x² serves
 * each: no exponential, no division, no table. The polynomials are minimax fits (weight |x|) over x² ≤ 5.5²
 * and 6², in s = 2x²/limit² − 1 ∈ [−1, 1]: around the middle of the range the coefficients are small and
 * Horner's rule loses nothing. Beyond the limits both functions are 0 or 1 to float precision (relative to
 * max(1, |x|)).
 */
public final class ScalarGelu {
  /** Beyond ± this Φ is 0 or 1. */
  static final float CDF_LIMIT = 5.5f;

  static final float CDF_SCALE = (float) (2 / (5.5 * 5.5));
  static final float C0 = 1.2855193e-01f;
  static final float C1 = -6.4172335e-02f;
  static final float C2 = 4.7737647e-02f;
  static final float C3 = -3.8792823e-02f;
  static final float C4 = 3.2069907e-02f;
  static final float C5 = -2.6047708e-02f;
  static final float C6 = 2.0367129e-02f;
  static final float C7 = -1.5002591e-02f;
  static final float C8 = 1.0219136e-02f;
  static final float C9 = -6.8088677e-03f;
  static final float C10 = 4.636714e-03f;
  static final float C11 = -2.436696e-03f;
  static final float C12 = 7.075286e-04f;
  static final float C13 = -5.1445415e-04f;
  static final float C14 = 6.356801e-04f;
  static final float C15 = -2.4110546e-04f;

  /** Beyond ± this GELU′ is 0 or 1. */
  static final float GRADIENT_LIMIT = 6f;

  static final float GRADIENT_SCALE = (float) (2 / (6.0 * 6.0));
  static final float G0 = 1.17897764e-01f;
  static final float G1 = -5.9342813e-02f;
  static final float G2 = 4.6057735e-02f;
  static final float G3 = -4.2365294e-02f;
  static final float G4 = 4.4555005e-02f;
  static final float G5 = -5.0940286e-02f;
  static final float G6 = 5.8700882e-02f;
  static final float G7 = -6.428234e-02f;
  static final float G8 = 6.682478e-02f;
  static final float G9 = -6.586605e-02f;
  static final float G10 = 5.4590736e-02f;
  static final float G11 = -3.609576e-02f;
  static final float G12 = 3.1102588e-02f;
  static final float G13 = -3.3262767e-02f;
  static final float G14 = 1.6386718e-02f;
  static final float G15 = 1.8201007e-03f;
  static final float G16 = 1.6639304e-03f;
  static final float G17 = -6.9403737e-03f;
  static final float G18 = 2.8287957e-03f;

  private ScalarGelu() {}

  /** x·Φ(x). */
  public static float gelu(float x) {
    float s = Math.fma(x * x, CDF_SCALE, -1f);
    float p = C15;
    p = Math.fma(p, s, C14);
    p = Math.fma(p, s, C13);
    p = Math.fma(p, s, C12);
    p = Math.fma(p, s, C11);
    p = Math.fma(p, s, C10);
    p = Math.fma(p, s, C9);
    p = Math.fma(p, s, C8);
    p = Math.fma(p, s, C7);
    p = Math.fma(p, s, C6);
    p = Math.fma(p, s, C5);
    p = Math.fma(p, s, C4);
    p = Math.fma(p, s, C3);
    p = Math.fma(p, s, C2);
    p = Math.fma(p, s, C1);
    p = Math.fma(p, s, C0);
    float cdf = Math.fma(x, p, 0.5f);
    cdf = x < -CDF_LIMIT ? 0f : cdf;
    cdf = x > CDF_LIMIT ? 1f : cdf;
    return x * cdf;
  }

  /** The derivative of x·Φ(x): Φ(x) + x·φ(x). */
  public static float gradient(float x) {
    float s = Math.fma(x * x, GRADIENT_SCALE, -1f);
    float p = G18;
    p = Math.fma(p, s, G17);
    p = Math.fma(p, s, G16);
    p = Math.fma(p, s, G15);
    p = Math.fma(p, s, G14);
    p = Math.fma(p, s, G13);
    p = Math.fma(p, s, G12);
    p = Math.fma(p, s, G11);
    p = Math.fma(p, s, G10);
    p = Math.fma(p, s, G9);
    p = Math.fma(p, s, G8);
    p = Math.fma(p, s, G7);
    p = Math.fma(p, s, G6);
    p = Math.fma(p, s, G5);
    p = Math.fma(p, s, G4);
    p = Math.fma(p, s, G3);
    p = Math.fma(p, s, G2);
    p = Math.fma(p, s, G1);
    p = Math.fma(p, s, G0);
    float gradient = Math.fma(x, p, 0.5f);
    gradient = x < -GRADIENT_LIMIT ? 0f : gradient;
    return x > GRADIENT_LIMIT ? 1f : gradient;
  }
}
