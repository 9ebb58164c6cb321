package org.swinengine.data;

/** How much classes weigh that there are few of: factors of their losses, or of how often they are drawn. */
public final class ClassWeights {
  private ClassWeights() {}

  /**
   * How many samples each class has.
   *
   * @param classes classes 0 to {@code classes} − 1
   * @throws IllegalArgumentException if a label is not one of them
   */
  public static long[] count(int[] labels, int classes) {
    long[] counts = new long[classes];
    for (int i = 0; i < labels.length; i++) {
      if (labels[i] < 0 || labels[i] >= classes) {
        throw new IllegalArgumentException(
            "label " + labels[i] + " of sample " + i + " is not one of the " + classes + " classes, 0 to "
                + (classes - 1));
      }
      counts[labels[i]]++;
    }
    return counts;
  }

  /**
   * {@code n/(classes·count)} for n samples: scikit-learn's {@code class_weight="balanced"}. Of what there is
   * none, there is nothing to weigh: 0.
   */
  public static double[] balanced(long[] counts) {
    long n = total(counts);
    double[] weights = new double[counts.length];
    for (int c = 0; c < weights.length; c++) {
      weights[c] = counts[c] == 0 ? 0 : (double) n / ((double) counts.length * counts[c]);
    }
    return weights;
  }

  /**
   * One over the effective number of samples (Cui et al. 2019): {@code (1 − β)/(1 − β^count)}, scaled so
   * that the weights of the classes that there are have the mean 1.
   *
   * @param beta β in [0, 1): 0 weighs all classes alike, near 1 they weigh as {@link #balanced}
   */
  public static double[] effectiveNumber(long[] counts, double beta) {
    requireBeta(beta);
    double[] weights = new double[counts.length];
    double sum = 0;
    int present = 0;
    for (int c = 0; c < weights.length; c++) {
      if (counts[c] > 0) {
        weights[c] = (1 - beta) / (1 - StrictMath.pow(beta, counts[c]));
        sum += weights[c];
        present++;
      }
    }
    for (int c = 0; c < weights.length; c++) {
      weights[c] = present == 0 ? 0 : weights[c] * present / sum;
    }
    return weights;
  }

  /**
   * How much more the yes of a class weighs than its no, where each image may have several classes: {@code
   * no/yes}, PyTorch's {@code pos_weight} in the documentation of {@code BCEWithLogitsLoss}. 1 of a class
   * that all or none of the samples have.
   *
   * @param counts samples that have each class
   * @param samples number of samples
   */
  public static double[] ofYes(long[] counts, long samples) {
    double[] weights = new double[counts.length];
    for (int c = 0; c < weights.length; c++) {
      boolean both = counts[c] > 0 && counts[c] < samples;
      weights[c] = both ? (double) (samples - counts[c]) / counts[c] : 1;
    }
    return weights;
  }

  /**
   * The same, less steep: of the effective numbers of samples, {@code (1 − β^no)/(1 − β^yes)}.
   *
   * @param beta β in [0, 1): 0 weighs yes and no alike, near 1 they weigh as {@link #ofYes}
   */
  public static double[] ofYesEffective(long[] counts, long samples, double beta) {
    requireBeta(beta);
    double[] weights = new double[counts.length];
    for (int c = 0; c < weights.length; c++) {
      boolean both = counts[c] > 0 && counts[c] < samples;
      weights[c] =
          both
              ? (1 - StrictMath.pow(beta, samples - counts[c])) / (1 - StrictMath.pow(beta, counts[c]))
              : 1;
    }
    return weights;
  }

  private static void requireBeta(double beta) {
    if (!(beta >= 0 && beta < 1)) {
      throw new IllegalArgumentException("beta is " + beta + ", but must be at least 0 and below 1");
    }
  }

  /**
   * The sum of labels' weights: what the mean of a weighted cross-entropy is divided by, of one batch or
   * of all parts of a step.
   */
  public static double sum(int[] labels, int size, double[] weights) {
    double sum = 0;
    for (int i = 0; i < size; i++) {
      sum += weights[labels[i]];
    }
    return sum;
  }

  /** The weight of each sample: that of its class. */
  public static double[] ofSamples(int[] labels, double[] weights) {
    double[] ofSamples = new double[labels.length];
    for (int i = 0; i < labels.length; i++) {
      ofSamples[i] = weights[labels[i]];
    }
    return ofSamples;
  }

  private static long total(long[] counts) {
    long n = 0;
    for (long count : counts) {
      n += count;
    }
    return n;
  }
}
