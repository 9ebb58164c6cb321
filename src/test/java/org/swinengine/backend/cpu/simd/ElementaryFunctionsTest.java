package org.swinengine.backend.cpu.simd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;

/**
 * GELU, its derivative and the exponential: accuracy on dense grids, and the same bits scalar and on vectors.
 */
class ElementaryFunctionsTest {
  @FunctionalInterface
  private interface Scalar {
    float of(float x);
  }

  @FunctionalInterface
  private interface Vector {
    void of(float[] x, float[] y);
  }

  @Test
  void geluIsExactToFloatPrecision() {
    double worst = worst(ScalarGelu::gelu, x -> x * cdf(x), -12, 12);
    assertTrue(worst <= 1.5e-7, "GELU is off by " + worst + " of max(1, |x|)");
  }

  @Test
  void geluGradientIsExactToFloatPrecision() {
    double worst = worst(ScalarGelu::gradient, x -> cdf(x) + x * density(x), -12, 12);
    assertTrue(worst <= 2.5e-7, "GELU' is off by " + worst + " of max(1, |x|)");
  }

  @Test
  void geluOfLargeAndSpecialValues() {
    assertEquals(1e30f, ScalarGelu.gelu(1e30f));
    assertEquals(-0f, ScalarGelu.gelu(-1e30f));
    assertEquals(Float.POSITIVE_INFINITY, ScalarGelu.gelu(Float.POSITIVE_INFINITY));
    assertEquals(1f, ScalarGelu.gradient(1e30f));
    assertEquals(0f, ScalarGelu.gradient(-1e30f));
    assertEquals(0.5f, ScalarGelu.gradient(0f));
    assertTrue(Float.isNaN(ScalarGelu.gelu(Float.NaN)));
    assertTrue(Float.isNaN(ScalarGelu.gradient(Float.NaN)));
  }

  @Test
  void expIsWithinTwoUnitsInTheLastPlace() {
    double worst = 0;
    for (double x = -103; x < 88.7; x += 1.3e-4) {
      float at = (float) x;
      double right = StrictMath.exp(at);
      worst = Math.max(worst, Math.abs(ScalarExp.exp(at) - right) / Math.ulp((float) right));
    }
    assertTrue(worst <= 2, "exp is off by " + worst + " ulp");
  }

  @Test
  void expOfLargeAndSpecialValues() {
    assertEquals(1f, ScalarExp.exp(0f));
    assertEquals((float) StrictMath.exp(-100), ScalarExp.exp(-100f), Float.MIN_VALUE);
    assertTrue(ScalarExp.exp(-100f) > 0);
    assertEquals(0f, ScalarExp.exp(-104.5f));
    assertEquals(0f, ScalarExp.exp(-Float.MAX_VALUE));
    assertEquals(0f, ScalarExp.exp(Float.NEGATIVE_INFINITY));
    assertEquals(Float.POSITIVE_INFINITY, ScalarExp.exp(88.8f));
    assertEquals(Float.POSITIVE_INFINITY, ScalarExp.exp(Float.POSITIVE_INFINITY));
    assertTrue(Float.isNaN(ScalarExp.exp(Float.NaN)));
  }

  @Test
  void vectorsGiveTheScalarBits() {
    assumeTrue(Simd.isVector());
    assertSameBits("gelu", ScalarGelu::gelu, (x, y) -> VectorGelu.gelu(1, x.length, x, 0, 0, y, 0, 0));
    float[] ones = new float[Lanes.COUNT];
    Arrays.fill(ones, 1f);
    assertSameBits(
        "gelu gradient",
        ScalarGelu::gradient,
        (x, y) -> VectorGelu.timesGradient(1, x.length, ones, 0, 0, x, 0, 0, y, 0, 0));
    assertSameBits(
        "exp", ScalarExp::exp,
        (x, y) -> VectorExp.exp(FloatVector.fromArray(Lanes.FLOAT, x, 0)).intoArray(y, 0));
  }

  private static void assertSameBits(String name, Scalar scalar, Vector vector) {
    float[] x = new float[Lanes.COUNT];
    float[] y = new float[Lanes.COUNT];
    float[] special =
        {0f, -0f, 1e-40f, -1e-40f, 1e30f, -1e30f, Float.MAX_VALUE, Float.NaN, 5.5f, -6f, 88.72284f};
    for (int i = 0; i < 400_000; i++) {
      for (int lane = 0; lane < x.length; lane++) {
        int n = i * x.length + lane;
        x[lane] = n < special.length ? special[n] : (float) ((n % 1_000_003) * 2.4e-4 - 130);
      }
      vector.of(x, y);
      for (int lane = 0; lane < x.length; lane++) {
        float expected = scalar.of(x[lane]);
        if (Float.floatToIntBits(expected) != Float.floatToIntBits(y[lane])) {
          assertEquals(expected, y[lane], name + " of " + x[lane]);
        }
      }
      if (i * x.length > 1_100_000) {
        return;
      }
    }
  }

  private static double worst(Scalar function, DoubleUnaryOperator right, double from, double to) {
    double worst = 0;
    for (double x = from; x <= to; x += 3.1e-5) {
      float at = (float) x;
      double error = Math.abs(function.of(at) - right.applyAsDouble(at));
      worst = Math.max(worst, error / Math.max(1, Math.abs(at)));
    }
    return worst;
  }

  private static double density(double x) {
    return StrictMath.exp(-x * x / 2) / StrictMath.sqrt(2 * StrictMath.PI);
  }

  /** ½ + φ(x)·Σ x^(2n+1)/(2n+1)!!, a series of terms of one sign. */
  private static double cdf(double x) {
    double term = x;
    double sum = x;
    for (int n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
      term *= x * x / (2 * n + 1);
      sum += term;
    }
    return 0.5 + density(x) * sum;
  }
}
