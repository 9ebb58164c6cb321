package org.swinengine.backend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class PhiloxTest {
  private static void assertBlock(int[] key, int[] counter, int... expected) {
    int[] out = new int[4];
    Philox.block(key[0], key[1], counter[0], counter[1], counter[2], counter[3], out);
    assertArrayEquals(expected, out);
  }

  /** The known answers of Random123 (kat_vectors, philox4x32 10). */
  @Test
  void givesTheKnownAnswersOfRandom123() {
    assertBlock(new int[2], new int[4], 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8);
    assertBlock(
        new int[] {-1, -1}, new int[] {-1, -1, -1, -1}, 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd);
    assertBlock(
        new int[] {0xa4093822, 0x299f31d0}, new int[] {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
        0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1);
  }

  @Test
  void uniformTakesTheUpper24Bits() {
    assertEquals(0f, Philox.uniform(0xFF));
    assertEquals(0x1p-24f, Philox.uniform(0x100));
    assertEquals(0.5f, Philox.uniform(0x80000000));
    assertEquals(Math.nextDown(1f), Philox.uniform(-1));
  }
}
