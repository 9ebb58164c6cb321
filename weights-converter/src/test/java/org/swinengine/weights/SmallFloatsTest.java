package org.swinengine.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class SmallFloatsTest {
  @Test
  void halvesAreWidenedExactly() {
    assertEquals(65504f, SmallFloats.half((short) 0x7bff));
    assertEquals(0x1p-14f, SmallFloats.half((short) 0x0400));
    assertEquals(-0x3ffp-24f, SmallFloats.half((short) 0x83ff));
    assertEquals(-0f, SmallFloats.half((short) 0x8000));
    assertEquals(Float.NEGATIVE_INFINITY, SmallFloats.half((short) 0xfc00));
    assertTrue(Float.isNaN(SmallFloats.half((short) 0x7e00)));
  }

  /** Extremes as the formats define them (arXiv:2209.05433, arXiv:2206.02915, OCP MX specification). */
  @Test
  void eightBitFormatsHaveTheirExtremes() {
    assertEquals(448f, SmallFloats.table(ElementType.F8_E4M3)[0x7e]);
    assertEquals(0x1p-9f, SmallFloats.table(ElementType.F8_E4M3)[1]);
    assertTrue(Float.isNaN(SmallFloats.table(ElementType.F8_E4M3)[0xff]));
    assertEquals(57344f, SmallFloats.table(ElementType.F8_E5M2)[0x7b]);
    assertEquals(0x1p-16f, SmallFloats.table(ElementType.F8_E5M2)[1]);
    assertEquals(Float.NEGATIVE_INFINITY, SmallFloats.table(ElementType.F8_E5M2)[0xfc]);
    assertTrue(Float.isNaN(SmallFloats.table(ElementType.F8_E5M2)[0x7d]));
    assertEquals(240f, SmallFloats.table(ElementType.F8_E4M3FNUZ)[0x7f]);
    assertTrue(Float.isNaN(SmallFloats.table(ElementType.F8_E4M3FNUZ)[0x80]));
    assertEquals(57344f, SmallFloats.table(ElementType.F8_E5M2FNUZ)[0x7f]);
    assertEquals(-0x1p-17f, SmallFloats.table(ElementType.F8_E5M2FNUZ)[0x81]);
    assertEquals(1f, SmallFloats.table(ElementType.F8_E8M0)[127]);
    assertEquals(0x1p-127f, SmallFloats.table(ElementType.F8_E8M0)[0]);
    assertTrue(Float.isNaN(SmallFloats.table(ElementType.F8_E8M0)[255]));
  }
}
