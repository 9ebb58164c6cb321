package org.swinengine.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Schedules beside those of timm, Swin and PyTorch ({@code schedules.py}). */
final class ScheduleTest {
  private static final JsonNode TABLE = Reference.table(ScheduleTest.class, "schedules.json");
  private static final WarmUp WARM = WarmUp.of(0.001, 20);

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

  /** Runs of earlier versions go on with these bits: the formula, written out. */
  @Test
  void theCosineOfRunsKeepsItsBits() {
    Schedule schedule = Schedule.cosine(1e-3, 1e-5, 1e-6, 20, 97);
    for (long t = 0; t < 120; t++) {
      double phase = StrictMath.PI * (t - 20) / (97 - 20);
      double expected =
          t < 20
              ? 1e-6 + t * (1e-3 - 1e-6) / 20
              : t >= 97 ? 1e-5 : 1e-5 + 0.5 * (1e-3 - 1e-5) * (1 + StrictMath.cos(phase));
      assertEquals(expected, schedule.rate(t), 0.0, "step " + t);
    }
    assertEquals(1e-6, Schedule.cosine(1e-3, 1e-5, 1e-6, 5, 5).rate(0));
    assertEquals(1e-5, Schedule.cosine(1e-3, 1e-5, 1e-6, 5, 5).rate(5));
  }

  private static void assertRates(String name, Schedule schedule) {
    double[] rates = Reference.numbers(TABLE.get(name));
    assertTrue(rates.length > 0);
    for (int step = 0; step < rates.length; step++) {
      assertEquals(rates[step], schedule.rate(step), 1e-12, name + ", step " + step);
    }
  }

  @Test
  void cosines() {
    assertRates("cosine", new CosineSchedule(0.1, 0.01, WARM, Cycles.one(80)));
    assertRates(
        "cosine without prefix",
        new CosineSchedule(0.1, 0.01, new WarmUp(0.001, 20, false), Cycles.one(100)));
    assertRates("cosine, cycles", new CosineSchedule(0.1, 0.01, WARM, new Cycles(30, 1, 0.5, 3)));
    assertRates("cosine, growing cycles", new CosineSchedule(0.1, 0.01, WARM, new Cycles(10, 2.5, 0.7, 3)));
    assertEquals(97, new Cycles(10, 2.5, 0.7, 3).total());
  }

  @Test
  void polynomials() {
    assertRates("polynomial", new PolynomialSchedule(0.1, 0.01, 0.9, WARM, Cycles.one(80)));
    assertRates("polynomial, cycles", new PolynomialSchedule(0.1, 0, 2, WARM, new Cycles(30, 1, 0.5, 2)));
  }

  @Test
  void stepsAndMilestones() {
    assertRates("step", new StepSchedule(0.1, 0.1, WARM, 30));
    assertRates("step without prefix", new StepSchedule(0.1, 0.1, new WarmUp(0.001, 20, false), 30));
    assertRates(
        "timm multistep one step earlier",
        new MultiStepSchedule(0.1, 0.1, new WarmUp(0.001, 20, false), List.of(30L, 60L, 90L)));
    assertRates("multistep", new MultiStepSchedule(0.1, 0.3, WarmUp.NONE, List.of(30L, 60L, 60L, 90L)));
  }

  @Test
  void lines() {
    assertRates("swin linear", new LinearSchedule(0.1, 0.001, WARM, 80));
    assertRates("linear", new LinearSchedule(0.1, 0.02, WarmUp.NONE, 50));
    assertEquals(0.001, new LinearSchedule(0.1, 0.001, WARM, 80).rate(5000));
  }

  /** The rate of an epoch is that of all its steps. */
  @Test
  void cosineByEpochs() {
    double[] rates = Reference.numbers(TABLE.get("lrf"));
    Schedule schedule = new EpochCosineSchedule(0.1, 0.01, 10, 7);
    for (int step = 0; step < 70; step++) {
      assertEquals(rates[step / 7], schedule.rate(step), 1e-15, "step " + step);
    }
    assertEquals(0.001, schedule.rate(70), 1e-15);
    assertEquals(0.001, schedule.rate(7000), 1e-15);
  }

  @Test
  void oneCycle() {
    for (boolean linear : new boolean[] {false, true}) {
      for (boolean three : new boolean[] {false, true}) {
        String name = "one cycle" + (linear ? ", linear" : "") + (three ? ", three phases" : "");
        assertRates(name, new OneCycleSchedule(0.1, 100, 0.23, 20, 500, linear, three));
      }
    }
    OneCycleSchedule usual = OneCycleSchedule.of(0.1, 100);
    assertEquals(usual.rate(99), usual.rate(1000), 0.0);
    assertEquals(0.1 / 25 / 1e4, usual.rate(99), 1e-18);
  }

  @Test
  void constant() {
    assertEquals(0.1, Schedule.constant(0.1).rate(0));
    ConstantSchedule warmed = new ConstantSchedule(0.1, WarmUp.of(0, 4));
    assertEquals(0, warmed.rate(0));
    assertEquals(0.075, warmed.rate(3), 1e-15);
    assertEquals(0.1, warmed.rate(4));
  }

  @Test
  void oneAfterTheOther() {
    Schedule both = Schedule.constant(0.5).then(3, new StepSchedule(0.1, 0.5, WarmUp.NONE, 2));
    double[] expected = {0.5, 0.5, 0.5, 0.1, 0.1, 0.05, 0.05, 0.025};
    for (int step = 0; step < expected.length; step++) {
      assertEquals(expected[step], both.rate(step), 1e-15, "step " + step);
    }
  }

  /** fastai's: lr_max/25 to lr_max at 99 %, then half of it over 5 to its peak, at the end over 1e5. */
  @Test
  void headAndThenAll() {
    Schedule schedule = OneCycleSchedule.fineTune(0.002, 100, 200);
    assertEquals(0.002 / 25, schedule.rate(0), 1e-15);
    assertEquals(0.002, schedule.rate(98), 1e-15);
    assertEquals(0.002 / 1e5, schedule.rate(99), 1e-15);
    assertEquals(0.001 / 5, schedule.rate(100), 1e-15);
    assertEquals(0.001, schedule.rate(159), 1e-15);
    assertEquals(0.001 / 1e5, schedule.rate(299), 1e-15);
    assertEquals(0.1, new OneCycleSchedule(0.1, 4, 0.25, 25, 1e4, false, false).rate(0));
  }

  @Test
  void whatIsNoScheduleIsSaid() {
    assertThrows(IllegalArgumentException.class, () -> new WarmUp(-1, 3, true));
    assertThrows(IllegalArgumentException.class, () -> new Cycles(0, 1, 1, 1));
    assertThrows(IllegalArgumentException.class, () -> new Cycles(5, 1, 1.5, 1));
    assertThrows(IllegalArgumentException.class,
        () -> new OneCycleSchedule(0.1, 1, 0.3, 25, 1e4, false, false));
    assertThrows(IllegalArgumentException.class, () -> new StepSchedule(0.1, 0.1, WarmUp.NONE, 0));
    IllegalArgumentException falling =
        assertThrows(
            IllegalArgumentException.class,
            () -> new MultiStepSchedule(0.1, 0.1, WarmUp.NONE, List.of(30L, 20L)));
    assertEquals("the milestones [30, 20] do not rise", falling.getMessage());
  }
}
