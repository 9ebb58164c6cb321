package org.swinengine.models.swin;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

final class TorchvisionBuffersTest {
  @Test
  void valuesOfTorchvisionsBuffers() {
    assertArrayEquals(
        new long[] {4, 3, 1, 0, 5, 4, 2, 1, 7, 6, 4, 3, 8, 7, 5, 4}, TorchvisionBuffers.index(2).toLongs());
    long[] seven = TorchvisionBuffers.index(7).toLongs();
    assertArrayEquals(new long[] {84, 0, 168}, new long[] {seven[0], seven[48], seven[48 * 49]});
    float[] table = TorchvisionBuffers.coordinates(8).toFloats();
    float[] across = new float[8];
    for (int i = 0; i < 8; i++) {
      across[i] = table[2 * i + 1];
    }
    assertArrayEquals(
        new float[] {
          -1.0566417f, -0.9913349f, -0.9157446f, -0.8260158f, -0.7156138f, -0.5720690f, -0.3665119f, 0
        },
        across,
        1e-7f);
    assertEquals(table[0], across[0]);
    assertEquals(-across[0], table[table.length - 1]);
  }
}
