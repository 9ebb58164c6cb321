// Logarithms, exponentials and powers in float64 to the bits of Java's StrictMath, in which the processor computes what is left
// of a row's loss (docs/NUMERICS.md, "One hash"). StrictMath is defined as fdlibm ("Freely Distributable LIBM", Sun
// Microsystems 1993): same reductions, same polynomials, every operation rounded by itself. Arguments that no loss has are left
// out; each function says which it takes. A few of them for a row, or one for a yes or no, so that their speed hardly counts.
#pragma once
#include "device.cuh"

// A float64 whose operations the compiler may not fuse.
struct Strict {
  double value;

  DEVICE Strict(double v) : value(v) {}
  DEVICE explicit Strict(int v) : value(v) {}
  DEVICE static Strict of(int high, unsigned low) {
    return __longlong_as_double((long long)((unsigned long long)(unsigned)high << 32 | low));
  }

  // The halves of its bits, and itself with another one.
  DEVICE int high() const { return (int)(__double_as_longlong(value) >> 32); }
  DEVICE unsigned low() const { return (unsigned)__double_as_longlong(value); }
  DEVICE Strict withHigh(int half) const { return of(half, low()); }
  DEVICE Strict withoutLow() const { return of(high(), 0); }

  DEVICE Strict operator-() const { return -value; }
};

DEVICE Strict operator+(Strict a, Strict b) { return __dadd_rn(a.value, b.value); }
DEVICE Strict operator-(Strict a, Strict b) { return __dadd_rn(a.value, -b.value); }
DEVICE Strict operator*(Strict a, Strict b) { return __dmul_rn(a.value, b.value); }
DEVICE Strict operator/(Strict a, Strict b) { return a.value / b.value; }

namespace strict {

constexpr double LN2_HIGH = 6.93147180369123816490e-01;
constexpr double LN2_LOW = 1.90821492927058770002e-10;
constexpr double INVERSE_LN2 = 1.44269504088896338700e+00;
constexpr int MANTISSA = 0x000fffff;  // of the upper half
constexpr int ONE = 0x3ff00000;       // the upper half of 1
constexpr int EXPONENT = 0x7ff00000;

// (2/3, 2/5, … 2/15), for log((1 + s)/(1 − s)) = 2s + 2/3 s³ + …
constexpr double LOG1 = 6.666666666666735130e-01;
constexpr double LOG2 = 3.999999999940941908e-01;
constexpr double LOG3 = 2.857142874366239149e-01;
constexpr double LOG4 = 2.222219843214978396e-01;
constexpr double LOG5 = 1.818357216161805012e-01;
constexpr double LOG6 = 1.531383769920937332e-01;
constexpr double LOG7 = 1.479819860511658591e-01;

// t − t²·polynomial: x·(e^x + 1)/(e^x − 1) of t = x².
DEVICE Strict oddPart(Strict x) {
  const Strict t = x * x;
  const Strict p = 1.66666666666666019037e-01
                   + t * (-2.77777777770155933842e-03
                          + t * (6.61375632143793436117e-05
                                 + t * (-1.65339022054652515390e-06 + t * 4.13813679705723846039e-08)));
  return x - t * p;
}

// log x for what is normal and positive, infinite or NaN.
DEVICE double log(double argument) {
  Strict x = argument;
  if (argument != argument || x.high() >= EXPONENT) {  // a NaN may have its sign set
    return argument + argument;
  }
  int k = (x.high() >> 20) - 1023;
  const int mantissa = x.high() & MANTISSA;
  const int carry = (mantissa + 0x95f64) & 0x100000;  // x = 2^k·(1 + f) with √½ < 1 + f < √2
  x = x.withHigh(mantissa | (carry ^ ONE));
  k += carry >> 20;
  const Strict f = x - 1.0;
  const Strict dk(k);
  if ((MANTISSA & (2 + mantissa)) < 3) {  // |f| < 2^-20
    if (f.value == 0.0) {
      return k == 0 ? 0.0 : (dk * LN2_HIGH + dk * LN2_LOW).value;
    }
    const Strict r = f * f * (0.5 - 0.33333333333333333 * f);
    return k == 0 ? (f - r).value : (dk * LN2_HIGH - ((r - dk * LN2_LOW) - f)).value;
  }
  const Strict s = f / (2.0 + f);
  const Strict z = s * s;
  const Strict w = z * z;
  const Strict even = w * (LOG2 + w * (LOG4 + w * LOG6));
  const Strict odd = z * (LOG1 + w * (LOG3 + w * (LOG5 + w * LOG7)));
  const Strict r = odd + even;
  if (((mantissa - 0x6147a) | (0x6b851 - mantissa)) > 0) {
    const Strict half = 0.5 * f * f;
    return k == 0 ? (f - (half - s * (half + r))).value
                  : (dk * LN2_HIGH - ((half - (s * (half + r) + dk * LN2_LOW)) - f)).value;
  }
  return k == 0 ? (f - s * (f - r)).value : (dk * LN2_HIGH - ((s * (f - r) - dk * LN2_LOW) - f)).value;
}

// log(1 + x) for x from 0 to 1, or NaN.
DEVICE double log1p(double argument) {
  const Strict x = argument;
  if (argument != argument || x.high() >= EXPONENT) {  // a NaN may have its sign set
    return argument + argument;
  }
  int k = 0;
  int mantissa = 1;
  Strict f = x;
  Strict c = 0.0;
  if (x.high() < 0x3fda827a) {  // below √2 − 1
    if (x.high() < 0x3e200000) {
      return x.high() < 0x3c900000 ? argument : (x - x * x * 0.5).value;
    }
  } else {
    Strict u = 1.0 + x;
    k = (u.high() >> 20) - 1023;
    c = (k > 0 ? 1.0 - (u - x) : x - (u - 1.0)) / u;  // what rounding has taken from u
    mantissa = u.high() & MANTISSA;
    if (mantissa < 0x6a09e) {
      u = u.withHigh(mantissa | ONE);
    } else {
      k++;
      u = u.withHigh(mantissa | 0x3fe00000);
      mantissa = (0x00100000 - mantissa) >> 2;
    }
    f = u - 1.0;
  }
  const Strict dk(k);
  const Strict half = 0.5 * f * f;
  if (mantissa == 0) {  // |f| < 2^-20
    if (f.value == 0.0) {
      return k == 0 ? 0.0 : (dk * LN2_HIGH + (c + dk * LN2_LOW)).value;
    }
    const Strict r = half * (1.0 - 0.66666666666666666 * f);
    return k == 0 ? (f - r).value : (dk * LN2_HIGH - ((r - (dk * LN2_LOW + c)) - f)).value;
  }
  const Strict s = f / (2.0 + f);
  const Strict z = s * s;
  const Strict r = z * (LOG1 + z * (LOG2 + z * (LOG3 + z * (LOG4 + z * (LOG5 + z * (LOG6 + z * LOG7))))));
  return k == 0 ? (f - (half - s * (half + r))).value
                : (dk * LN2_HIGH - ((half - (s * (half + r) + (dk * LN2_LOW + c))) - f)).value;
}

// x = hi − lo + k·ln 2 for x ≤ 0 with |x| > ½ ln 2; returns k.
DEVICE int reduceNegative(Strict x, Strict& hi, Strict& lo) {
  if ((x.high() & 0x7fffffff) < 0x3ff0a2b2) {  // |x| < 1½ ln 2
    hi = x + LN2_HIGH;
    lo = -LN2_LOW;
    return -1;
  }
  const int k = (int)(INVERSE_LN2 * x - 0.5).value;
  hi = x - Strict(k) * LN2_HIGH;
  lo = Strict(k) * LN2_LOW;
  return k;
}

// e^x for x ≤ 0, or NaN.
DEVICE double exp(double argument) {
  Strict x = argument;
  const int size = x.high() & 0x7fffffff;
  if (argument != argument) {
    return argument;
  }
  if (argument < -7.45133219101941108420e+02) {
    return 0.0;
  }
  Strict hi = 0.0;
  Strict lo = 0.0;
  int k = 0;
  if (size > 0x3fd62e42) {  // |x| > ½ ln 2
    k = reduceNegative(x, hi, lo);
    x = hi - lo;
  } else if (size < 0x3e300000) {
    return (1.0 + x).value;
  }
  const Strict c = oddPart(x);
  if (k == 0) {
    return (1.0 - ((x * c) / (c - 2.0) - x)).value;
  }
  const Strict y = 1.0 - ((lo - (x * c) / (2.0 - c)) - hi);
  return k >= -1021 ? y.withHigh(y.high() + k * 0x100000).value
                    : (y.withHigh(y.high() + (k + 1000) * 0x100000) * 9.33263618503218878990e-302).value;  // 2^-1000
}

// e^x − 1 for x ≤ 0, or NaN.
DEVICE double expm1(double argument) {
  Strict x = argument;
  const int size = x.high() & 0x7fffffff;
  if (argument != argument) {
    return argument;
  }
  if (size >= 0x4043687a) {  // |x| ≥ 56 ln 2
    return -1.0;
  }
  Strict c = 0.0;
  int k = 0;
  if (size > 0x3fd62e42) {
    Strict hi = 0.0;
    Strict lo = 0.0;
    k = reduceNegative(x, hi, lo);
    x = hi - lo;
    c = (hi - x) - lo;
  } else if (size < 0x3c900000) {
    return argument;
  }
  const Strict half = 0.5 * x;
  const Strict square = x * half;
  const Strict r =
      1.0
      + square * (-3.33333333333331316428e-02
                  + square * (1.58730158725481460165e-03
                              + square * (-7.93650757867487942473e-05
                                          + square * (4.00821782732936239552e-06
                                                      + square * -2.01099218183624371326e-07))));
  const Strict t = 3.0 - r * half;
  Strict e = square * ((r - t) / (6.0 - x * t));
  if (k == 0) {
    return (x - (x * e - square)).value;
  }
  e = (x * (e - c) - c) - square;
  if (k == -1) {
    return (0.5 * (x - e) - 0.5).value;
  }
  const Strict y = 1.0 - (e - x);
  return (y.withHigh(y.high() + k * 0x100000) - 1.0).value;
}

// x^y for x from 0 (or -0) to 1 or NaN, and |y| < 2^31.
DEVICE double pow(double base, double exponent) {
  if (exponent == 0.0) {
    return 1.0;
  }
  if (base != base || exponent == 1.0) {
    return base;
  }
  if (exponent == 2.0) {
    return (Strict(base) * base).value;
  }
  if (exponent == 0.5) {
    return sqrt(base + 0.0);  // of -0 as of 0
  }
  if (exponent == -1.0) {
    return 1.0 / base;
  }
  if (base == 0.0) {  // -0 keeps its sign under odd exponents alone
    const double half = 0.5 * exponent;
    const bool odd = floor(exponent) == exponent && floor(half) != half;
    const double zero = odd ? base : 0.0;
    return exponent < 0.0 ? 1.0 / zero : zero;
  }
  if (base == 1.0) {
    return base;
  }
  // log2 x = t1 + t2, t1 of few bits: x = 2^n·(1 or 1½)·(1 + …)
  Strict x = base;
  int n = 0;
  if (x.high() < 0x00100000) {
    x = x * 9007199254740992.0;  // 2^53
    n = -53;
  }
  n += (x.high() >> 20) - 0x3ff;
  const int mantissa = x.high() & MANTISSA;
  int high = mantissa | ONE;
  const bool middle = mantissa > 0x3988e && mantissa < 0xbb67a;  // from √1½ to √3
  if (mantissa >= 0xbb67a) {
    n++;
    high -= 0x00100000;
  }
  const Strict point = middle ? 1.5 : 1.0;
  const Strict logHigh = middle ? 5.84962487220764160156e-01 : 0.0;
  const Strict logLow = middle ? 1.35003920212974897128e-08 : 0.0;
  x = x.withHigh(high);
  const Strict u = x - point;
  const Strict v = 1.0 / (x + point);
  const Strict s = u * v;
  const Strict sHigh = s.withoutLow();
  const Strict sumHigh = Strict::of(((high >> 1) | 0x20000000) + 0x00080000 + (middle ? 0x40000 : 0), 0);
  const Strict sumLow = x - (sumHigh - point);
  const Strict sLow = v * ((u - sHigh * sumHigh) - sHigh * sumLow);
  const Strict square = s * s;
  Strict r = square * square
             * (5.99999999999994648725e-01
                + square * (4.28571428578550184252e-01
                            + square * (3.33333329818377432918e-01
                                        + square * (2.72728123808534006489e-01
                                                    + square * (2.30660745775561754067e-01
                                                                + square * 2.06975017800338417784e-01)))));
  r = r + sLow * (sHigh + s);
  const Strict squareHigh = sHigh * sHigh;
  const Strict tHigh = (3.0 + squareHigh + r).withoutLow();
  const Strict tLow = r - ((tHigh - 3.0) - squareHigh);
  const Strict product = sHigh * tHigh;
  const Strict rest = sLow * tHigh + tLow * s;
  Strict pHigh = (product + rest).withoutLow();
  Strict pLow = rest - (pHigh - product);
  const Strict zHigh = 9.61796700954437255859e-01 * pHigh;
  const Strict zLow = -7.02846165095275826516e-09 * pHigh + pLow * 9.61796693925975554329e-01 + logLow;
  const Strict whole(n);
  const Strict t1 = (((zHigh + zLow) + logHigh) + whole).withoutLow();
  const Strict t2 = zLow - (((t1 - whole) - logHigh) - zHigh);
  // z = y·log2 x = pHigh + pLow
  const Strict y = exponent;
  const Strict yHigh = y.withoutLow();
  pLow = (y - yHigh) * t1 + y * t2;
  pHigh = yHigh * t1;
  Strict z = pLow + pHigh;
  if (z.value >= 1024.0) {
    return INFINITY;  // no base is so small that what is exactly 1024 came of one that is not
  }
  if (z.value <= -1075.0 && (z.value < -1075.0 || pLow.value <= (z - pHigh).value)) {
    return 0.0;
  }
  // 2^z = 2^n·2^(z − n)
  const int j = z.high();
  const int size = j & 0x7fffffff;
  n = 0;
  if (size > 0x3fe00000) {  // |z| > ½
    const int rounded = j + (0x00100000 >> ((size >> 20) - 0x3ff + 1));
    const int k = ((rounded & 0x7fffffff) >> 20) - 0x3ff;
    pHigh = pHigh - Strict::of(rounded & ~(MANTISSA >> k), 0);
    n = ((rounded & MANTISSA) | 0x00100000) >> (20 - k);
    n = j < 0 ? -n : n;
  }
  const Strict t = (pLow + pHigh).withoutLow();
  const Strict scaled = t * 6.93147182464599609375e-01;
  const Strict low = (pLow - (t - pHigh)) * 6.93147180559945286227e-01 + t * -1.90465429995776804525e-09;
  z = scaled + low;
  const Strict w = low - (z - scaled);
  const Strict odd = oddPart(z);
  z = 1.0 - ((z * odd) / (odd - 2.0) - (w + z * w) - z);
  const int power = z.high() + n * 0x100000;
  return power >> 20 > 0 ? z.withHigh(power).value
                         : (z.withHigh(power + 200 * 0x100000) * 6.22301527786114170714e-61).value;  // 2^-200
}

}  // namespace strict
