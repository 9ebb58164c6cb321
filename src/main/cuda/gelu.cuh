// GELU (Hendrycks and Gimpel 2016), exact: x·Φ(x) with Φ the normal distribution function. PyTorch's
// gelu(approximate="none").
#pragma once
#include "device.cuh"

// Φ(x) = erfc(−x/√2)/2: erfc keeps its relative precision where Φ is small, which 1 + erf would lose.
DEVICE float normalDistribution(float x) {
  return 0.5f * erfcf(-0.70710678118654752f * x);
}

DEVICE float gelu(float x) {
  return x * normalDistribution(x);
}

// Φ(x) + x·φ(x), φ the normal density.
DEVICE float geluDerivative(float x) {
  const float density = 0.39894228040143268f * expf(-0.5f * x * x);
  return normalDistribution(x) + x * density;
}
