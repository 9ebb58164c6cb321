package org.swinengine.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ScheduleTest {
  /** Values of timm's scheduler: peak 1e-3, from 1e-6 in 20 steps, then 80 steps down to 1e-5. */
  @ParameterizedTest
  @CsvSource({
    "0, 1e-6",
    "1, 5.095e-5",
    "19, 9.5005e-4",
    "20, 1e-3",
    "21, 9.99618372939158e-4",
    "60, 5.05e-4",
    "99, 1.03816270608e-5",
    "100, 1e-5",
    "1000, 1e-5",
  })
  void cosineWithWarmUp(long step, double rate) {
    assertEquals(rate, Schedule.cosine(1e-3, 1e-5, 1e-6, 20, 100).rate(step), rate * 1e-10);
  }
}
