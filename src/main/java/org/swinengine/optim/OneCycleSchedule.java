package org.swinengine.optim;

/**
 * One rise and one fall (Smith and Topin 2018; PyTorch's {@code OneCycleLR}): from {@code peak/divFactor}
 * to the peak in {@code pctStart} of the steps, then down to {@code peak/(divFactor·finalDivFactor)}. In
 * three phases the rate falls to where it began first, as fast as it rose, and then on. The momentum stays
 * what it is; PyTorch's cycles it unless told not to.
 *
 * @param peak highest rate
 * @param totalSteps at least 2
 * @param pctStart share of the steps of the rise, between 0 and 1
 * @param divFactor 25 in PyTorch
 * @param finalDivFactor 1e4 in PyTorch
 * @param linear whether lines join the rates, or half cosines
 * @param threePhase whether the fall has two parts
 */
public record OneCycleSchedule(
    double peak,
    long totalSteps,
    double pctStart,
    double divFactor,
    double finalDivFactor,
    boolean linear,
    boolean threePhase)
    implements
    Schedule {
  /** Checks the ranges. */
  public OneCycleSchedule {
    if (totalSteps < 2
        || !(pctStart > 0 && pctStart < 1)
        || !(divFactor > 0)
        || !(finalDivFactor > 0)
        || threePhase && pctStart >= 0.5) {
      throw new IllegalArgumentException(
          "one cycle of " + totalSteps + " steps with a rise of " + pctStart + " of them and the divisors "
              + divFactor + " and " + finalDivFactor
              + " is no schedule: it takes 2 steps, a share between 0 and 1 (below 0.5 in three phases), and"
              + " divisors above 0");
    }
  }

  /** PyTorch's defaults: half cosines, two phases, a rise in 30 % of the steps. */
  public static OneCycleSchedule of(double peak, long totalSteps) {
    return new OneCycleSchedule(peak, totalSteps, 0.3, 25, 1e4, false, false);
  }

  /**
   * The rates of fastai's {@code fine_tune}: a cycle for the head alone, which rises almost to its end,
   * then one of half the peak for all parameters, whose rates differ by layer.
   *
   * @param peak of the head's cycle
   * @param headSteps steps of the head alone, at least 2
   * @param steps steps of all parameters, at least 2
   */
  public static Schedule fineTune(double peak, long headSteps, long steps) {
    OneCycleSchedule head = new OneCycleSchedule(peak, headSteps, 0.99, 25, 1e5 / 25, false, false);
    return head.then(headSteps, new OneCycleSchedule(peak / 2, steps, 0.3, 5, 1e5 / 5, false, false));
  }

  @Override
  public double rate(long step) {
    double first = peak / divFactor;
    double least = first / finalDivFactor;
    double last = totalSteps - 1;
    double t = Math.min(step, totalSteps - 1);
    double top = pctStart * totalSteps - 1;
    if (t <= top) {
      return top == 0 ? peak : between(first, peak, t / top);
    }
    if (!threePhase) {
      return between(peak, least, (t - top) / (last - top));
    }
    double back = 2 * pctStart * totalSteps - 2;
    return t <= back
        ? between(peak, first, (t - top) / (back - top))
        : between(first, least, (t - back) / (last - back));
  }

  private double between(double from, double to, double share) {
    return linear
        ? (to - from) * share + from
        : to + (from - to) / 2 * (1 + StrictMath.cos(StrictMath.PI * share));
  }
}
