package org.swinengine.backend.reference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Against values that were computed with 40 digits. */
@Tag("numerics")
class ErfTest {
  /** x, erf(x), erfc(x). */
  private static final double[][] VALUES = {
    {1.0e-300, 1.1283791670955126022e-300, 1.0},
    {1.0e-10, 1.128379167095512615e-10, 0.99999999988716208329},
    {0.1, 0.1124629160182848984, 0.8875370839817151016},
    {0.25, 0.27632639016823693299, 0.72367360983176306701},
    {0.46875, 0.49261347321793799159, 0.50738652678206200841},
    {0.46876, 0.49262253110684652927, 0.50737746889315347073},
    {0.5, 0.52049987781304653768, 0.47950012218695346232},
    {0.75, 0.7111556336535151316, 0.2888443663464848684},
    {1.0, 0.84270079294971486934, 0.15729920705028513066},
    {1.25, 0.92290012825645823014, 0.077099871743541769863},
    {1.5, 0.96610514647531072707, 0.033894853524689272933},
    {2.0, 0.99532226501895273416, 0.0046777349810472658379},
    {2.5, 0.99959304798255504106, 0.00040695201744495893956},
    {3.0, 0.99997790950300141456, 0.000022090496998585441373},
    {3.75, 0.9999998862727434302, 1.1372725656979665326e-7},
    {4.0, 0.99999998458274209972, 1.5417257900280018852e-8},
    {4.001, 0.99999998470921782675, 1.5290782173248731519e-8},
    {5.0, 0.99999999999846254021, 1.5374597944280348502e-12},
    {6.0, 0.99999999999999997848, 2.1519736712498913117e-17},
    {8.0, 1.0, 1.122429717298292708e-29},
    {10.0, 1.0, 2.088487583762544757e-45},
    {15.0, 1.0, 7.2129941724512066666e-100},
    {20.0, 1.0, 5.3958656116079009289e-176},
    {26.0, 1.0, 5.6631924088561428465e-296},
  };

  /** x, GELU(x), GELU′(x). */
  private static final double[][] GELU = {
    {-8.0, -4.9767684594174272988e-15, -3.9796072610867959891e-14},
    {-5.0, -1.4332578593959695584e-6, -7.1469460017922946279e-6},
    {-3.0, -0.00404969409489028358, -0.011945647204183927},
    {-2.0, -0.045500263896358414401, -0.085231801078196896701},
    {-1.0, -0.15865525393145705141, -0.083315470587686298383},
    {-0.5, -0.15426876936299344818, 0.13250487534383715747},
    {-0.125, -0.056282721896235888378, 0.4007820643017934215},
    {0.125, 0.068717278103764111622, 0.5992179356982065785},
    {0.5, 0.34573123063700655182, 0.86749512465616284253},
    {1.0, 0.84134474606854294859, 1.0833154705876862984},
    {2.0, 1.9544997361036415856, 1.0852318010781968967},
    {3.0, 2.9959503059051097164, 1.011945647204183927},
    {5.0, 4.999998566742140604, 1.0000071469460017923},
  };

  /** A few units in the last place. */
  private static final double RELATIVE_ERROR = 1e-15;

  @Test
  void errorFunctionAndItsComplement() {
    for (double[] row : VALUES) {
      double x = row[0];
      assertRelative("erf", x, row[1], Erf.erf(x), RELATIVE_ERROR);
      assertRelative("erfc", x, row[2], Erf.erfc(x), RELATIVE_ERROR);
      assertEquals(-Erf.erf(x), Erf.erf(-x), "erf is odd");
      assertRelative("erfc", -x, 1 + row[1], Erf.erfc(-x), RELATIVE_ERROR);
    }
  }

  @Test
  void geluAndItsDerivative() {
    for (double[] row : GELU) {
      // The argument −x/√2 is rounded; far out the tail makes that x²/2 times as large an error.
      double bound = RELATIVE_ERROR * (1 + row[0] * row[0] / 2);
      assertRelative("GELU", row[0], row[1], Erf.gelu(row[0]), bound);
      assertRelative("GELU′", row[0], row[2], Erf.geluDerivative(row[0]), bound);
    }
  }

  @Test
  void limits() {
    assertEquals(0, Erf.erf(0));
    assertEquals(1, Erf.erf(Double.POSITIVE_INFINITY));
    assertEquals(-1, Erf.erf(Double.NEGATIVE_INFINITY));
    assertEquals(2, Erf.erfc(Double.NEGATIVE_INFINITY));
    assertTrue(Double.isNaN(Erf.erf(Double.NaN)));
    assertTrue(Double.isNaN(Erf.gelu(Double.NaN)));
    assertTrue(Double.isNaN(Erf.gelu(Double.NEGATIVE_INFINITY)), "−∞·0, like PyTorch");
    assertEquals(Double.POSITIVE_INFINITY, Erf.gelu(Double.POSITIVE_INFINITY));
  }

  private static void assertRelative(
      String function, double x, double expected, double actual, double bound) {
    assertEquals(expected, actual, Math.abs(expected) * bound, function + "(" + x + ")");
  }
}
