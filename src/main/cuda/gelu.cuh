// GELU (Hendrycks and Gimpel 2016), exact: x·Φ(x) with Φ the normal distribution function. PyTorch's
// gelu(approximate="none"). float32 kernels compute it to the last places of float32, bf16 kernels to a fiftieth of a bf16's
// rounding; T is the type of the activations.
#pragma once
#include "device.cuh"

// Φ(x) = erfc(−x/√2)/2: erfc keeps its relative precision where Φ is small, which 1 + erf would lose.
DEVICE float normalDistribution(float x) {
  return 0.5f * erfcf(-0.70710678118654752f * x);
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
  return x * normalDistribution(x);
}

// gelu(x) and geluDerivative(x) of bf16 kernels at once, the same bits as theirs.
struct GeluWithDerivative {
  float value;
  float derivative;

  DEVICE explicit GeluWithDerivative(float x) {
    const Normal normal(x);
    const float negative = normal.ratio * normal.bell;
    const float negativeDerivative = normal.bell * fmaf(-DENSITY, fabsf(x), normal.ratio);
    value = x * (x < 0.0f ? negative : 1.0f - negative);
    derivative = x < 0.0f ? negativeDerivative : 1.0f - negativeDerivative;
  }
};

// Φ(x) + x·φ(x), φ the normal density.
template <class T>
DEVICE float geluDerivative(float x) {
  if (sizeof(T) == 2) {
    const Normal normal(x);
    const float negative = normal.bell * fmaf(-DENSITY, fabsf(x), normal.ratio);  // at −|x|
    return x < 0.0f ? negative : 1.0f - negative;
  }
  const float density = DENSITY * expf(-0.5f * x * x);
  return normalDistribution(x) + x * density;
}
