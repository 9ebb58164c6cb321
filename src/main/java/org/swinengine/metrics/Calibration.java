package org.swinengine.metrics;

import java.util.ArrayList;
import java.util.List;

/**
 * Whether a model is right as often as it says: expected calibration error and reliability curve (Guo et al.,
 * "On Calibration of Modern Neural Networks", 2017), in bins of equal width, each without its lower end.
 */
public final class Calibration {
  /** The usual number of bins. */
  public static final int BINS = 15;

  private Calibration() {}

  /**
   * The samples whose first class has a probability within a bin.
   *
   * @param low the bin's lower end, not within it
   * @param high its upper end
   * @param samples their number
   * @param confidence mean probability of the first class; NaN without samples
   * @param accuracy share of right ones; NaN without samples
   */
  public record Bin(double low, double high, int samples, double confidence, double accuracy) {}

  /** Which bin a probability is in. */
  static int bin(double probability, int bins) {
    int bin = (int) StrictMath.ceil(probability * bins) - 1;
    return Math.max(0, Math.min(bins - 1, bin));
  }

  /** The reliability curve: for each bin, how sure and how right. */
  public static List<Bin> reliability(Predictions predictions, int bins) {
    int[] samples = new int[bins];
    double[] confidence = new double[bins];
    int[] right = new int[bins];
    for (int i = 0; i < predictions.size(); i++) {
      int bin = bin(predictions.confidence(i), bins);
      samples[bin]++;
      confidence[bin] += predictions.confidence(i);
      right[bin] += predictions.place(i) == 0 ? 1 : 0;
    }
    List<Bin> curve = new ArrayList<>();
    for (int b = 0; b < bins; b++) {
      curve.add(
          new Bin((double) b / bins, (double) (b + 1) / bins, samples[b], confidence[b] / samples[b],
              (double) right[b] / samples[b]));
    }
    return curve;
  }

  /** Mean difference of confidence and accuracy over the bins, each with its share of the samples. */
  public static double expectedError(Predictions predictions, int bins) {
    double sum = 0;
    for (Bin bin : reliability(predictions, bins)) {
      if (bin.samples() > 0) {
        sum += Math.abs(bin.confidence() - bin.accuracy()) * bin.samples();
      }
    }
    return sum / predictions.size();
  }

  /**
   * The same for the probability of every class, and the mean over the classes (Kull et al., "Beyond
   * temperature scaling", 2019).
   */
  public static double classwiseError(Predictions predictions, int bins) {
    double sum = 0;
    for (int c = 0; c < predictions.classes(); c++) {
      double[] gaps = new double[bins];
      for (int i = 0; i < predictions.size(); i++) {
        double probability = predictions.probability(i, c);
        gaps[bin(probability, bins)] += probability - (predictions.label(i) == c ? 1 : 0);
      }
      for (double gap : gaps) {
        sum += Math.abs(gap);
      }
    }
    return sum / predictions.size() / predictions.classes();
  }
}
