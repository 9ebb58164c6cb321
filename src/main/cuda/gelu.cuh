// GELU (Hendrycks and Gimpel 2016), exact: x·Φ(x) with Φ the normal distribution function. PyTorch's
// gelu(approximate="none"). float32 kernels compute it within 2.5e-7·max(1, |x|), bf16 kernels to a fiftieth of a bf16's
// rounding; T is the type of the activations.
#pragma once
#include "elementary.cuh"

// Σ c[i]·s^i, by Horner's rule.
template <int N>
DEVICE float polynomial(const float (&c)[N], float s) {
  float sum = c[N - 1];
#pragma unroll
  for (int i = N - 2; i >= 0; i--) {
    sum = fmaf(sum, s, c[i]);
  }
  return sum;
}

// (Φ(x) − ½)/x and (GELU′(x) − ½)/x for float32 kernels, in s = 2x²/limit² − 1: the processor's polynomials (ScalarGelu.java),
// a third of the instructions of erfcf.
DEVICE float normalPolynomial(float s) {
  constexpr float C[] = {
    1.2855193e-01f, -6.4172335e-02f, 4.7737647e-02f, -3.8792823e-02f, 3.2069907e-02f, -2.6047708e-02f,
    2.0367129e-02f, -1.5002591e-02f, 1.0219136e-02f, -6.8088677e-03f, 4.636714e-03f, -2.436696e-03f,
    7.075286e-04f, -5.1445415e-04f, 6.356801e-04f, -2.4110546e-04f};
  return polynomial(C, s);
}

DEVICE float slopePolynomial(float s) {
  constexpr float C[] = {
    1.17897764e-01f, -5.9342813e-02f, 4.6057735e-02f, -4.2365294e-02f, 4.4555005e-02f, -5.0940286e-02f,
    5.8700882e-02f, -6.428234e-02f, 6.682478e-02f, -6.586605e-02f, 5.4590736e-02f, -3.609576e-02f,
    3.1102588e-02f, -3.3262767e-02f, 1.6386718e-02f, 1.8201007e-03f, 1.6639304e-03f, -6.9403737e-03f,
    2.8287957e-03f};
  return polynomial(C, s);
}

// Φ(x) within 2.5e-7, 0 or 1 beyond ±5.5.
DEVICE float normalDistribution(float x) {
  constexpr float LIMIT = 5.5f;
  constexpr float SCALE = (float)(2 / (5.5 * 5.5));
  const float inner = fmaf(x, normalPolynomial(fmaf(times(x, x), SCALE, -1.0f)), 0.5f);
  return x < -LIMIT ? 0.0f : x > LIMIT ? 1.0f : inner;
}

// GELU′(x) = Φ(x) + x·φ(x), likewise.
DEVICE float slopeOfGelu(float x) {
  constexpr float LIMIT = 6.0f;
  constexpr float SCALE = (float)(2 / (6.0 * 6.0));
  const float inner = fmaf(x, slopePolynomial(fmaf(times(x, x), SCALE, -1.0f)), 0.5f);
  return x < -LIMIT ? 0.0f : x > LIMIT ? 1.0f : inner;
}

// What bf16 kernels make of a normal distribution, in some dozen instructions where erfcf takes fifty.
//
// As in Abramowitz and Stegun 7.1.26, Φ(−|x|) = ratio·bell with bell = e^(−x²/2), ratio a polynomial in t = 1/(1 + p·|x|).
// Their coefficients keep the absolute error small; these were fitted to keep the relative one small, to 4.1e-5 for every x.
// So values far from zero, where Φ is small, keep as many places as the others: bf16 rounds by up to 2^-9 = 2e-3.
struct Normal {
  float bell;
  float ratio;

  DEVICE explicit Normal(float x) {
    constexpr float SCALE = 0.84932180028801907f;  // √(log2(e)/2): e^(−x²/2) = 2^−(SCALE·x)²
    const float scaled = SCALE * x;
    bell = exp2Approximate(-scaled * scaled);
    const float t = reciprocalApproximate(fmaf(0.382f, fabsf(x), 1.0f));
    float sum = fmaf(t, -0.0892796881f, 0.183696178f);
    sum = fmaf(t, sum, 0.0956730126f);
    sum = fmaf(t, sum, 0.157797036f);
    sum = fmaf(t, sum, 0.152094529f);
    ratio = t * sum;
  }
};

constexpr float DENSITY = 0.39894228040143268f;  // normal, at zero

template <class T>
DEVICE float gelu(float x) {
  if (sizeof(T) == 2) {
    const Normal normal(x);
    const float negative = normal.ratio * normal.bell;  // Φ(−|x|)
    return x * (x < 0.0f ? negative : 1.0f - negative);
  }
  return times(x, normalDistribution(x));
}

// Φ(x) + x·φ(x), φ the normal density.
template <class T>
DEVICE float geluDerivative(float x) {
  if (sizeof(T) == 2) {
    const Normal normal(x);
    const float negative = normal.bell * fmaf(-DENSITY, fabsf(x), normal.ratio);  // at −|x|
    return x < 0.0f ? negative : 1.0f - negative;
  }
  return slopeOfGelu(x);
}
