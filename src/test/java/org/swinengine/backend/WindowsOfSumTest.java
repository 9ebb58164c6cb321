package org.swinengine.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How many windows' gradients one sum has, which decides bits and how many blocks a GPU's kernel has. */
final class WindowsOfSumTest {
  /** Heads and tokens of the matrix whose gradient is wanted; 0 heads: none is. */
  @ParameterizedTest
  @CsvSource({
    "16384, 0, 64, 8", // a table alone: as few as ever
    "4, 0, 64, 8",
    "4, 3, 64, 8",
    "8192, 3, 64, 8", // Swin v2-T's first stage, 1024 sums of 48 KiB
    "16384, 3, 64, 13", // of twice the batch: no more than 1365 sums, 64 MiB
    "256, 24, 64, 8", // its last
    "1024, 3, 256, 13", // windows of 16 × 16: 85 sums
    "640, 32, 576, 80", // of 24 × 24: one sum has 40 MiB, and eight are made nevertheless
  })
  void sumsAreManyAndTakeNotTooMuch(int windows, int heads, int tokens, int expected) {
    assertEquals(expected, AttentionKernels.windowsOfSum(windows, (long) heads * tokens * tokens));
  }
}
