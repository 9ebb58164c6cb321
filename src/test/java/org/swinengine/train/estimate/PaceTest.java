package org.swinengine.train.estimate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class PaceTest {
  private static Pace after(int steps, double seconds) {
    // 3 epochs of 100 steps; a validation takes as long as 20.
    Pace pace = new Pace(3, 100, 20);
    pace.step(60);
    for (int i = 0; i < steps; i++) {
      pace.step(seconds);
    }
    return pace;
  }

  @Test
  void theFirstStepDoesNotCount() {
    Pace pace = after(5, 0.1);
    Estimate left = pace.left(0, 6, 7_000_000);
    assertEquals(0.1 * (94 + 20), left.epochSeconds(), 1e-9);
    assertEquals(0.1 * (94 + 20 + 2 * 120), left.seconds(), 1e-9);
    assertEquals("about 35 s, 7 MB of tensors", left.toString());
  }

  @Test
  void someStepsAndSecondsAreNeededOrAnEpochOrLongSteps() {
    assertFalse(after(0, 0).isKnown());
    assertFalse(after(4, 0.6).isKnown());
    assertFalse(after(19, 0.1).isKnown(), "the JVM is still compiling");
    assertTrue(after(20, 0.11).isKnown());
    assertTrue(after(1, 20).isKnown());
    Pace tiny = after(5, 0.01);
    tiny.validation(0.1);
    assertTrue(tiny.isKnown());
  }

  @Test
  void aChangeOfPaceIsFollowed() {
    Pace pace = after(50, 1);
    for (int i = 0; i < 50; i++) {
      pace.step(0.25);
    }
    assertEquals(0.25 * (100 + 20) * 2, pace.left(1, 0, 0).seconds(), 3);
  }

  @Test
  void aMeasuredValidationReplacesTheGuess() {
    Pace pace = after(99, 0.1);
    pace.validation(7);
    assertEquals(10 + 7, pace.left(2, 0, 0).seconds(), 1e-9);
    assertEquals(2 * (10 + 7), pace.left(1, 0, 0).seconds(), 1e-9);
  }
}
