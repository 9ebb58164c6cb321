package org.swinengine.train.estimate;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.train.Tiny;
import org.swinengine.train.tuning.Freeze;

/** The batch that fits. */
final class LargestBatchTest {
  @Test
  void itIsTheLargestPowerOfTwoThatFits() {
    assertEquals(64, LargestBatch.largest(1000, batch -> batch <= 100));
    assertEquals(256, LargestBatch.largest(1000, batch -> true));
    assertEquals(32, LargestBatch.largest(63, batch -> true));
    assertEquals(1, LargestBatch.largest(1000, batch -> false));
  }

  @Test
  void aTinyModelFitsWithAllItsImages() {
    try (Backend backend = Backends.open("cpu", 1)) {
      assertEquals(64, LargestBatch.of(Workload.of(Tiny.model(), Freeze.NONE, false), 80, backend));
    }
  }
}
