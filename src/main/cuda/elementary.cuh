// What float32 kernels compute elements with so that the processor's backend gives the same bits (docs/NUMERICS.md, "One
// hash"): the same polynomials, and additions and multiplications that the compiler may not fuse. Where it may, it does as
// it likes, and another compiler does something else.
#pragma once
#include "device.cuh"

#ifdef __CUDACC__
DEVICE float plus(float a, float b) { return __fadd_rn(a, b); }
DEVICE float times(float a, float b) { return __fmul_rn(a, b); }
#else
DEVICE float plus(float a, float b) { return a + b; }
DEVICE float times(float a, float b) { return a * b; }
#endif

// e^x as x = n·ln 2 + r: e^r by a polynomial, and 2^n in the two numbers that make(n) gives. Within 2 ulp. The processor's
// ScalarExp.java says where the constants are from.
struct Exponential {
  float ofRest;  // e^r
  int rounded;   // bits of n + 1.5·2^23: n stands in the low ones

  DEVICE explicit Exponential(float x) {
    constexpr float LOG2_E = 1.44269504f;
    constexpr float ROUNDER = 12582912.0f;
    constexpr float LN2_HIGH = 0.693359375f;
    constexpr float LN2_LOW = -2.12194440e-4f;
    const float t = fmaf(x, LOG2_E, ROUNDER);
    const float n = plus(t, -ROUNDER);
    const float r = fmaf(n, -LN2_LOW, fmaf(n, -LN2_HIGH, x));
    float p = fmaf(1.3814596e-3f, r, 8.3687175e-3f);
    p = fmaf(p, r, 4.166839e-2f);
    p = fmaf(p, r, 1.6666521e-1f);
    p = fmaf(p, r, 4.9999994e-1f);
    ofRest = plus(fmaf(p, times(r, r), r), 1.0f);
    rounded = __float_as_int(t);
  }
};

// e^x over the whole range, results that are denormal included; NaN stays NaN.
DEVICE float exponentialOf(float x) {
  constexpr int ROUNDER_BITS = 0x4b400000;
  float y = x < -104.0f ? -104.0f : x;
  y = y > 89.0f ? 89.0f : y;
  const Exponential e(y);
  const int power = e.rounded - ROUNDER_BITS;
  const int half = power >> 1;
  const float first = __int_as_float((half + 127) << 23);
  const float second = __int_as_float((power - half + 127) << 23);
  return times(times(e.ofRest, first), second);
}

// e^x for x ≤ 0, where what is below e^-87 becomes 0: as softmax takes it. NaN stays NaN, which has to be said: a GPU's NaN has
// all bits set, and added to them the exponent's would make the largest number. The sum is one of
// unsigned numbers: for x that is negligible it may leave the range of an int.
DEVICE float exponentialOfNegative(float x) {
  constexpr float NEGLIGIBLE = -87.0f;
  const Exponential e(x);
  const float power = __int_as_float((int)((unsigned)__float_as_int(e.ofRest) + ((unsigned)e.rounded << 23)));
  return x < NEGLIGIBLE ? 0.0f : x == x ? power : x;
}
