package org.swinengine.train.settings;

import java.util.List;
import org.swinengine.optim.CosineSchedule;
import org.swinengine.optim.Cycles;
import org.swinengine.optim.EpochCosineSchedule;
import org.swinengine.optim.LinearSchedule;
import org.swinengine.optim.MultiStepSchedule;
import org.swinengine.optim.OneCycleSchedule;
import org.swinengine.optim.PolynomialSchedule;
import org.swinengine.optim.Schedule;
import org.swinengine.optim.StepSchedule;
import org.swinengine.optim.WarmUp;

/**
 * How the learning rate goes from its highest value on, after the warm-up. Names and meanings are timm's.
 *
 * @param schedule the kind
 * @param decayEpochs epochs of one rate in {@code step}
 * @param decayMilestones epochs after which the rate falls in {@code multistep}
 * @param decayRate factor of the rate at each such fall
 * @param polyPower exponent of {@code poly}
 * @param lrCycleLimit how often {@code cosine} and {@code poly} begin anew, 1 for once
 * @param lrCycleMul how much longer each cycle is than the one before
 * @param lrCycleDecay factor of the highest rate from each cycle to the next
 * @param lrf share of the highest rate at the end of {@code epoch-cosine}
 */
public record ScheduleSettings(
    @Setting(
        help = "How the rate falls: cosine, linear, step, multistep, poly, constant, onecycle, or"
            + " epoch-cosine,"
            + " which changes with the epoch as in tutorials.",
        usual = "cosine", label = "KIND") Kind schedule,
    @Setting(help = "Epochs of one rate in the schedule step.", usual = "30", least = Double.MIN_NORMAL,
        label = "N") double decayEpochs,
    @Setting(help = "Epochs after which the rate falls in the schedule multistep.", usual = "",
        label = "N[,N...]") List<Double> decayMilestones,
    @Setting(help = "Factor of the rate at each fall of step and multistep.", usual = "0.1",
        least = Double.MIN_NORMAL, most = 1, label = "F") double decayRate,
    @Setting(help = "Exponent of the schedule poly.", usual = "0.9", least = Double.MIN_NORMAL,
        label = "P") double polyPower,
    @Setting(help = "How many cycles cosine and poly have.", usual = "1", least = 1) int lrCycleLimit,
    @Setting(help = "How much longer each cycle is than the one before.", usual = "1", least = 1,
        label = "F") double lrCycleMul,
    @Setting(help = "Factor of the highest rate from each cycle to the next.", usual = "1",
        least = Double.MIN_NORMAL, most = 1, label = "F") double lrCycleDecay,
    @Setting(help = "Share of the highest rate at the end of epoch-cosine.", usual = "0.01", least = 0,
        most = 1, label = "F") double lrf) {
  /** The kinds of schedules. */
  public enum Kind {
    /** Half a cosine, or several. */
    COSINE,
    /** A straight line. */
    LINEAR,
    /** One rate for so many epochs, then a part of it. */
    STEP,
    /** The same at epochs that are named. */
    MULTISTEP,
    /** A power of what is left of the run. */
    POLY,
    /** Always the highest. */
    CONSTANT,
    /** One rise and one fall, with a warm-up of its own. */
    ONECYCLE,
    /** A cosine over epochs. */
    EPOCH_COSINE
  }

  /** Whether the rate at a step depends on how long the run is. */
  public boolean dependsOnLength() {
    return schedule != Kind.CONSTANT && schedule != Kind.STEP && schedule != Kind.MULTISTEP;
  }

  /**
   * The rate of each step.
   *
   * @param rates the highest, the lowest and the first rate
   * @param warmup steps of the warm-up
   * @param stepsPerEpoch optimizer steps of an epoch
   * @param epochs of the run
   * @param frozenEpochs how many of them train a part of the model alone, which {@code onecycle} gives a
   *     cycle of its own; 0: none
   */
  public Schedule of(Optimization rates, long warmup, int stepsPerEpoch, int epochs, int frozenEpochs) {
    double peak = rates.learningRate();
    double minimum = rates.minimumRate();
    long total = (long) epochs * stepsPerEpoch;
    WarmUp rise = WarmUp.of(rates.warmupRate(), warmup);
    long rest = Math.max(1, total - warmup);
    return switch (schedule) {
      case COSINE -> lrCycleLimit == 1
          ? Schedule.cosine(peak, minimum, rates.warmupRate(), warmup, total)
          : new CosineSchedule(peak, minimum, rise, cycles(rest));
      case LINEAR -> new LinearSchedule(peak, minimum, rise, rest);
      case STEP -> new StepSchedule(
          peak, decayRate, rise, Math.max(1, Math.round(decayEpochs * stepsPerEpoch)));
      case MULTISTEP -> new MultiStepSchedule(
          peak, decayRate, rise,
          decayMilestones.stream().map(epoch -> Math.round(epoch * stepsPerEpoch)).toList());
      case POLY -> new PolynomialSchedule(peak, minimum, polyPower, rise, cycles(rest));
      case CONSTANT -> Schedule.cosine(peak, peak, rates.warmupRate(), warmup, total);
      case ONECYCLE -> oneCycle(peak, (long) frozenEpochs * stepsPerEpoch, total);
      case EPOCH_COSINE -> new EpochCosineSchedule(peak, lrf, epochs, stepsPerEpoch);
    };
  }

  private static Schedule oneCycle(double peak, long frozen, long total) {
    return frozen == 0
        ? OneCycleSchedule.of(peak, Math.max(2, total))
        : OneCycleSchedule.fineTune(peak, Math.max(2, frozen), Math.max(2, total - frozen));
  }

  /** Cycles that fill so many steps. */
  private Cycles cycles(long steps) {
    double lengths = 0;
    double next = 1;
    for (int i = 0; i < lrCycleLimit; i++) {
      lengths += next;
      next *= lrCycleMul;
    }
    return new Cycles(Math.max(1, Math.round(steps / lengths)), lrCycleMul, lrCycleDecay, lrCycleLimit);
  }
}
