package org.swinengine.optim;

import java.util.List;

/**
 * The rate is multiplied by {@code decayRate} at each milestone (PyTorch's {@code MultiStepLR} and Swin's;
 * timm's {@code MultiStepLRScheduler} changes one step earlier).
 *
 * @param rate the first one
 * @param decayRate factor at each milestone
 * @param warmUp what comes before
 * @param milestones steps from which on the next rate holds, rising
 */
public record MultiStepSchedule(double rate, double decayRate, WarmUp warmUp, List<Long> milestones)
    implements
    Schedule {
  /** Checks that the milestones rise. */
  public MultiStepSchedule {
    milestones = List.copyOf(milestones);
    for (int i = 1; i < milestones.size(); i++) {
      if (milestones.get(i) < milestones.get(i - 1)) {
        throw new IllegalArgumentException("the milestones " + milestones + " do not rise");
      }
    }
  }

  @Override
  public double rate(long step) {
    if (warmUp.covers(step)) {
      return warmUp.rate(step, rate);
    }
    long t = warmUp.after(step);
    long passed = milestones.stream().filter(milestone -> milestone <= t).count();
    return rate * StrictMath.pow(decayRate, passed);
  }
}
