package org.swinengine.train;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Repetition;
import org.swinengine.data.DataSplits;
import org.swinengine.report.RateCurve;

/**
 * A range test (Smith 2017, arXiv 1506.01186; fastai's {@code lr_find}): steps of a run at rates that grow
 * from 1e-7 to 1, on a model, loader and optimizer of its own, so that a run afterwards begins as if there
 * had been none. It ends where the loss is four times its least.
 */
public final class RateFinder {
  private static final double FIRST = 1e-7;
  private static final double LAST = 1;
  private static final int STEPS = 100;

  /** Of the loss's moving average, as fastai's. */
  private static final double SMOOTHING = 0.98;

  private static final double WORSE = 4;

  /** Points at both ends that say nothing, as in fastai. */
  private static final int SKIPPED_FIRST = STEPS / 10;
  private static final int SKIPPED_LAST = 5;

  private RateFinder() {}

  /**
   * What was found.
   *
   * @param rate in the middle of the longest fall of the loss, fastai's {@code valley}
   * @param rates of the steps
   * @param losses moving averages of their losses
   */
  public record Found(double rate, List<Double> rates, List<Double> losses) {
    /** As a run's folder keeps it. */
    RateCurve curve() {
      return new RateCurve(rate, rates, losses);
    }

    /** A sentence on why the run has this rate. */
    public String reason() {
      return String.format(
          Locale.ROOT, "`learningRate` %.3g, where the loss fell in a range test of %d steps up to %.3g",
          rate, rates.size(), rates.get(rates.size() - 1));
    }
  }

  /**
   * Looks for the highest rate of a run.
   *
   * @param config of the run, which has not begun; its own rates do not count
   * @throws IllegalArgumentException if the loss falls at no rate, or the data and the configuration do not
   *     fit together
   * @throws IOException if data cannot be read
   */
  public static Found find(TrainConfig config, DataSplits data, Backend backend) throws IOException {
    List<Double> rates = new ArrayList<>();
    List<Double> losses = new ArrayList<>();
    try (TrainingSetup setup = new TrainingSetup(config.toBuilder().resume(false).build(), data, backend)) {
      double average = 0;
      double best = Double.POSITIVE_INFINITY;
      double weight = 1;
      Object likeness = new Object();
      for (int i = 0; i <= STEPS; i++) {
        double rate = FIRST * StrictMath.pow(LAST / FIRST, (double) i / STEPS);
        double loss = step(setup, i, rate, likeness);
        average = SMOOTHING * average + (1 - SMOOTHING) * loss;
        weight *= SMOOTHING;
        double smooth = average / (1 - weight);
        if (!(smooth <= WORSE * best)) {
          break;
        }
        best = Math.min(best, smooth);
        rates.add(rate);
        losses.add(smooth);
      }
    }
    return new Found(valley(rates, losses), List.copyOf(rates), List.copyOf(losses));
  }

  /** The loss of a step, after which the weights have changed; no finite number where they have not. */
  static double step(TrainingSetup setup, int number, double rate, Object likeness)
      throws IOException {
    int inEpoch = number % setup.stepsPerEpoch();
    if (inEpoch == 0) {
      setup.data().loader().startEpoch(number / setup.stepsPerEpoch(), 0);
    }
    TrainingSetup.Asked asked;
    try (Repetition repeated = setup.backend().repeating(likeness)) {
      asked = setup.ask(rate, number, repeated);
    }
    double loss = asked.meanLoss();
    return asked.result().get().finite() ? loss : Double.NaN;
  }

  /**
   * The rate past the middle of the longest falling subsequence of the losses, by fastai's arithmetic.
   *
   * @throws IllegalArgumentException if they do not fall
   */
  static double valley(List<Double> rates, List<Double> losses) {
    int from = SKIPPED_FIRST;
    int n = losses.size() - SKIPPED_LAST - from;
    int[] lengths = new int[Math.max(1, n)];
    Arrays.fill(lengths, 1);
    int end = 0;
    for (int i = 1; i < n; i++) {
      for (int j = 0; j < i; j++) {
        if (losses.get(from + i) < losses.get(from + j) && lengths[i] < lengths[j] + 1) {
          lengths[i] = lengths[j] + 1;
        }
      }
      end = lengths[i] > lengths[end] ? i : end;
    }
    if (lengths[end] < 3) {
      throw new IllegalArgumentException(
          "`learningRate` find: the loss falls at none of the rates from 1e-7 to 1 that were tried; give a"
              + " number, or look at the data");
    }
    int start = end - lengths[end];
    double section = (end - start) / 3.0;
    return rates.get(from + Math.max(0, start + (int) section + (int) (section / 2)));
  }
}
