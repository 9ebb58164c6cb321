package org.swinengine.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Holds every float32 kernel to the same bits on the processor and on a GPU, in every case:
 * docs/NUMERICS.md, "One hash".
 */
final class SameBits {
  private final String what;
  private final List<String> differences = new ArrayList<>();

  SameBits(String what) {
    this.what = what;
  }

  /** One case: the first difference, or null. */
  void add(@Nullable String difference) {
    if (difference != null) {
      differences.add(difference);
    }
  }

  /** Fails where there was a difference. */
  void check() {
    assertEquals(List.of(), differences, what + " should give the processor's bits");
  }
}
