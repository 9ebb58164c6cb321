package org.swinengine.metrics;

/**
 * How often each class was there, was predicted, and was predicted rightly, and the figures that follow from
 * it. They are those of scikit-learn; a division by nothing gives 0 where its {@code zero_division=0} does,
 * and NaN where there is no answer.
 */
public final class Counts {
  private final long[] right;
  private final long[] actual;
  private final long[] predicted;
  private long total;

  /** Sum of the squared distances of the predicted from the actual class, for ordered classes. */
  private long squares;

  /** Nothing yet. */
  public Counts(int classes) {
    right = new long[classes];
    actual = new long[classes];
    predicted = new long[classes];
  }

  /** Of a confusion matrix [actual][predicted]. */
  public static Counts of(int[][] confusion) {
    Counts counts = new Counts(confusion.length);
    for (int a = 0; a < confusion.length; a++) {
      for (int p = 0; p < confusion.length; p++) {
        counts.add(a, p, confusion[a][p]);
      }
    }
    return counts;
  }

  /** Adds a sample so many times. */
  public void add(int actualClass, int predictedClass, long times) {
    actual[actualClass] += times;
    predicted[predictedClass] += times;
    if (actualClass == predictedClass) {
      right[actualClass] += times;
    }
    long distance = (long) actualClass - predictedClass;
    squares += distance * distance * times;
    total += times;
  }

  /** Number of classes. */
  public int classes() {
    return right.length;
  }

  /** Number of samples. */
  public long total() {
    return total;
  }

  /** Samples of a class. */
  public long actual(int label) {
    return actual[label];
  }

  /** Samples that were put into a class. */
  public long predicted(int label) {
    return predicted[label];
  }

  /** Samples of a class that were put into it. */
  public long right(int label) {
    return right[label];
  }

  private static double ratio(double part, double whole) {
    return whole == 0 ? 0 : part / whole;
  }

  /** Share of right ones among the samples that were put into a class, 0 to 1. */
  public double precision(int label) {
    return ratio(right[label], predicted[label]);
  }

  /** Share of a class's samples that were recognised, 0 to 1. */
  public double recall(int label) {
    return ratio(right[label], actual[label]);
  }

  /** Harmonic mean of precision and recall, 0 to 1. */
  public double f1(int label) {
    return ratio(2.0 * right[label], actual[label] + predicted[label]);
  }

  /** Share of samples in their class: {@code accuracy_score}; NaN without samples. */
  public double accuracy() {
    long hits = 0;
    for (long r : right) {
      hits += r;
    }
    return total == 0 ? Double.NaN : (double) hits / total;
  }

  /**
   * Mean recall of the classes that are there: {@code balanced_accuracy_score}. Classes of few samples count
   * as much as those of many.
   */
  public double balancedAccuracy() {
    double sum = 0;
    int there = 0;
    for (int c = 0; c < right.length; c++) {
      if (actual[c] > 0) {
        sum += recall(c);
        there++;
      }
    }
    return there == 0 ? Double.NaN : sum / there;
  }

  /** Mean F1 of the classes that are there or were predicted: {@code f1_score(average="macro")}. */
  public double macroF1() {
    double sum = 0;
    int there = 0;
    for (int c = 0; c < right.length; c++) {
      if (actual[c] + predicted[c] > 0) {
        sum += f1(c);
        there++;
      }
    }
    return there == 0 ? Double.NaN : sum / there;
  }

  /** Mean precision of the classes that are there or were predicted. */
  public double macroPrecision() {
    double sum = 0;
    int there = 0;
    for (int c = 0; c < right.length; c++) {
      if (actual[c] + predicted[c] > 0) {
        sum += precision(c);
        there++;
      }
    }
    return there == 0 ? Double.NaN : sum / there;
  }

  /** Mean F1, each class with its number of samples: {@code f1_score(average="weighted")}. */
  public double weightedF1() {
    double sum = 0;
    for (int c = 0; c < right.length; c++) {
      sum += f1(c) * actual[c];
    }
    return total == 0 ? Double.NaN : sum / total;
  }

  /** Cohen's kappa: agreement beyond that of chance, −1 to 1; NaN where chance alone agrees always. */
  public double kappa() {
    double chance = 0;
    double hits = 0;
    for (int c = 0; c < right.length; c++) {
      chance += (double) actual[c] * predicted[c];
      hits += right[c];
    }
    double expected = chance / total;
    return total - expected == 0 ? Double.NaN : (hits - expected) / (total - expected);
  }

  /**
   * Kappa for classes with an order, a mistake weighing as the square of its distance: {@code
   * cohen_kappa_score(weights="quadratic")}.
   */
  public double quadraticKappa() {
    double actualSum = 0;
    double actualSquares = 0;
    double predictedSum = 0;
    double predictedSquares = 0;
    for (int c = 0; c < right.length; c++) {
      actualSum += (double) c * actual[c];
      actualSquares += (double) c * c * actual[c];
      predictedSum += (double) c * predicted[c];
      predictedSquares += (double) c * c * predicted[c];
    }
    double expected = actualSquares + predictedSquares - 2 * actualSum * predictedSum / total;
    return expected == 0 || total == 0 ? Double.NaN : 1 - squares / expected;
  }

  /** Matthews's correlation for any number of classes, −1 to 1: {@code matthews_corrcoef}; 0 if constant. */
  public double matthews() {
    double hits = 0;
    double both = 0;
    double actualSquares = 0;
    double predictedSquares = 0;
    for (int c = 0; c < right.length; c++) {
      hits += right[c];
      both += (double) actual[c] * predicted[c];
      actualSquares += (double) actual[c] * actual[c];
      predictedSquares += (double) predicted[c] * predicted[c];
    }
    double all = (double) total * total;
    double variances = (all - actualSquares) * (all - predictedSquares);
    if (total == 0) {
      return Double.NaN;
    }
    return variances == 0 ? 0 : (hits * total - both) / StrictMath.sqrt(variances);
  }
}
