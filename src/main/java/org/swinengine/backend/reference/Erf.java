package org.swinengine.backend.reference;

/**
 * The error function in float64, and what GELU makes of it. Rational approximations of W. J. Cody, "Rational
 * Chebyshev approximation for the error function", Mathematics of Computation 23 (1969): one on |x| ≤ 0.46875
 * for erf, two beyond for erfc; relative error of a few units in the last place.
 */
final class Erf {
  private static final double SMALL = 0.46875;
  private static final double ONE_OVER_SQRT_PI = 0.56418958354775628695;
  private static final double ONE_OVER_SQRT_2PI = 0.39894228040143267794;
  private static final double ONE_OVER_SQRT_2 = 0.70710678118654752440;

  // Coefficients from the highest power to the lowest; denominators are monic.
  private static final double[] ERF_NUMERATOR = {
    1.85777706184603153e-1, 3.16112374387056560e0, 1.13864154151050156e2, 3.77485237685302021e2,
    3.20937758913846947e3
  };
  private static final double[] ERF_DENOMINATOR = {
    1, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3
  };
  private static final double[] MIDDLE_NUMERATOR = {
    2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594e0, 6.61191906371416295e1,
    2.98635138197400131e2, 8.81952221241769090e2, 1.71204761263407058e3, 2.05107837782607147e3,
    1.23033935479799725e3
  };
  private static final double[] MIDDLE_DENOMINATOR = {
    1, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3,
    3.29079923573345963e3, 4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3
  };
  private static final double[] TAIL_NUMERATOR = {
    1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1,
    1.60837851487422766e-2, 6.58749161529837803e-4
  };
  private static final double[] TAIL_DENOMINATOR = {
    1, 2.56852019228982242e0, 1.87295284992346725e0, 5.27905102951428412e-1, 6.05183413124413191e-2,
    2.33520497626869185e-3
  };

  private Erf() {}

  /** {@code erf(x) = 2/√π·∫₀ˣ exp(−t²) dt}. */
  static double erf(double x) {
    if (Math.abs(x) <= SMALL) {
      return x * polynomial(ERF_NUMERATOR, x * x) / polynomial(ERF_DENOMINATOR, x * x);
    }
    double complement = complementOfPositive(Math.abs(x));
    return x < 0 ? complement - 1 : 1 - complement;
  }

  /** {@code erfc(x) = 1 − erf(x)}, without cancellation for large x. */
  static double erfc(double x) {
    if (Math.abs(x) <= SMALL) {
      return 1 - erf(x);
    }
    double complement = complementOfPositive(Math.abs(x));
    return x < 0 ? 2 - complement : complement;
  }

  /** Φ, the distribution function of the standard normal distribution. */
  static double normalDistribution(double x) {
    return 0.5 * erfc(-x * ONE_OVER_SQRT_2);
  }

  /** φ, the density of the standard normal distribution. */
  static double normalDensity(double x) {
    return ONE_OVER_SQRT_2PI * StrictMath.exp(-0.5 * x * x);
  }

  /** {@code x·Φ(x)}, the exact GELU (Hendrycks and Gimpel 2016); NaN at minus infinity, like PyTorch's. */
  static double gelu(double x) {
    return x * normalDistribution(x);
  }

  /** {@code Φ(x) + x·φ(x)}, GELU's derivative. */
  static double geluDerivative(double x) {
    return normalDistribution(x) + x * normalDensity(x);
  }

  private static double complementOfPositive(double x) {
    if (Double.isNaN(x)) {
      return x;
    }
    if (x > 27) {
      return 0; // below the smallest subnormal
    }
    double scaled;
    if (x <= 4) {
      scaled = polynomial(MIDDLE_NUMERATOR, x) / polynomial(MIDDLE_DENOMINATOR, x);
    } else {
      double z = 1 / (x * x);
      double ratio = z * polynomial(TAIL_NUMERATOR, z) / polynomial(TAIL_DENOMINATOR, z);
      scaled = (ONE_OVER_SQRT_PI - ratio) / x;
    }
    // exp(−x²) by parts: x² itself would be rounded, and exp makes that a relative error of x²·2⁻⁵³.
    double coarse = Math.floor(x * 16) / 16;
    double rest = (x - coarse) * (x + coarse);
    return StrictMath.exp(-coarse * coarse) * StrictMath.exp(-rest) * scaled;
  }

  private static double polynomial(double[] coefficients, double x) {
    double sum = 0;
    for (double coefficient : coefficients) {
      sum = sum * x + coefficient;
    }
    return sum;
  }
}
