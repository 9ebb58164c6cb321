package org.swinengine.metrics;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a model gave for labelled samples of one class each. The probabilities of all classes are kept where
 * they fit, and else what most figures need: the first class, its probability, the place of the true one.
 *
 * <p>Probabilities are the softmax of float32 logits in float64, by {@link StrictMath}: the same bits
 * everywhere.
 */
public final class Predictions {
  /** Numbers that are kept at the most: 256 MiB of them. */
  private static final long MOST_KEPT = 1L << 26;

  private final int classes;
  private final int[] labels;
  private final int[] predicted;
  private final int[] places;
  private final double[] confidences;
  private final double[] losses;
  private final double[] briers;

  /** Logits [sample × classes], or probabilities where there are no {@link #sums}; null: not kept. */
  private final float @Nullable [] scores;

  /** Of each sample, the sum of the exponentials of its logits less the largest. */
  private final double @Nullable [] sums;

  private int @Nullable [] groups;

  private Predictions(int samples, int classes, boolean kept, boolean logits) {
    if (samples < 0 || classes < 2) {
      throw new IllegalArgumentException(
          "there are " + samples + " samples of " + classes + " classes, but must be at least 0 of 2");
    }
    this.classes = classes;
    labels = new int[samples];
    predicted = new int[samples];
    places = new int[samples];
    confidences = new double[samples];
    losses = new double[samples];
    briers = new double[samples];
    scores = kept ? new float[Math.multiplyExact(samples, classes)] : null;
    sums = kept && logits ? new double[samples] : null;
  }

  /** Receives the predictions one after the other; from one thread. */
  public static final class Builder {
    private final Predictions made;
    private final double[] row;

    /**
     * @param samples number of samples
     * @param classes at least 2
     */
    public Builder(int samples, int classes) {
      this(samples, classes, isKept(samples, classes));
    }

    Builder(int samples, int classes, boolean kept) {
      made = new Predictions(samples, classes, kept, true);
      row = new double[classes];
    }

    private static boolean isKept(int samples, int classes) {
      long numbers = (long) samples * classes;
      return numbers <= MOST_KEPT && numbers * Float.BYTES <= Runtime.getRuntime().maxMemory() / 4;
    }

    /**
     * Sets a sample's.
     *
     * @param sample from 0
     * @param label its true class
     * @param logits of all classes, from an offset on
     */
    public void set(int sample, int label, float[] logits, int from) {
      double sum = softmax(logits, from, 1, row);
      made.summarise(sample, label, logits, from, row);
      double largest = logits[from + made.predicted[sample]];
      made.losses[sample] = largest - logits[from + label] + StrictMath.log(sum);
      if (made.scores != null) {
        System.arraycopy(logits, from, made.scores, sample * made.classes, made.classes);
      }
      if (made.sums != null) {
        made.sums[sample] = sum;
      }
    }

    /** All of them. */
    public Predictions build() {
      return made;
    }
  }

  /**
   * Of logits.
   *
   * @param logits [samples × classes]
   * @param labels the true classes
   */
  public static Predictions ofLogits(float[] logits, int[] labels, int classes) {
    Builder builder = new Builder(labels.length, classes, true);
    for (int i = 0; i < labels.length; i++) {
      builder.set(i, labels[i], logits, i * classes);
    }
    return builder.build();
  }

  /**
   * Of probabilities. One of 0 has the logarithm of 2⁻⁵², as in scikit-learn.
   *
   * @param probabilities [samples × classes], each row of sum 1
   * @param labels the true classes
   */
  public static Predictions ofProbabilities(float[] probabilities, int[] labels, int classes) {
    Predictions made = new Predictions(labels.length, classes, true, false);
    double[] row = new double[classes];
    for (int i = 0; i < labels.length; i++) {
      for (int c = 0; c < classes; c++) {
        row[c] = probabilities[i * classes + c];
      }
      made.summarise(i, labels[i], probabilities, i * classes, row);
      double truth = Math.max(row[labels[i]], Math.ulp(1.0));
      made.losses[i] = -StrictMath.log(truth);
    }
    System.arraycopy(probabilities, 0, made.all(), 0, labels.length * classes);
    return made;
  }

  /**
   * Predictions of parts of the same samples, put together; those of all classes are kept if all parts have
   * them.
   *
   * @param parts of the same classes
   * @param samples for each part the number of each of its samples; every number from 0 is there once
   */
  public static Predictions joined(List<Predictions> parts, List<int[]> samples) {
    int size = parts.stream().mapToInt(Predictions::size).sum();
    int classes = parts.get(0).classes;
    boolean kept = Builder.isKept(size, classes) && parts.stream().allMatch(Predictions::hasAll);
    boolean logits = parts.stream().allMatch(Predictions::hasLogits);
    Predictions made = new Predictions(size, classes, kept, logits);
    for (int p = 0; p < parts.size(); p++) {
      Predictions part = parts.get(p);
      int[] numbers = samples.get(p);
      if (numbers.length != part.size() || part.classes != classes) {
        throw new IllegalArgumentException(
            "part " + p + " has " + part.size() + " samples of " + part.classes + " classes, but "
                + numbers.length + " of " + classes + " were expected");
      }
      for (int i = 0; i < numbers.length; i++) {
        made.take(numbers[i], part, i);
      }
    }
    return made;
  }

  private void take(int sample, Predictions from, int i) {
    labels[sample] = from.labels[i];
    predicted[sample] = from.predicted[i];
    places[sample] = from.places[i];
    confidences[sample] = from.confidences[i];
    losses[sample] = from.losses[i];
    briers[sample] = from.briers[i];
    if (scores != null) {
      System.arraycopy(from.all(), i * classes, scores, sample * classes, classes);
    }
    if (sums != null && from.sums != null) {
      sums[sample] = from.sums[i];
    }
  }

  /**
   * The softmax of logits that are divided by a temperature.
   *
   * @return the sum of the exponentials, those of the largest being 1
   */
  static double softmax(float[] logits, int from, double temperature, double[] row) {
    double largest = Double.NEGATIVE_INFINITY;
    for (int c = 0; c < row.length; c++) {
      largest = Math.max(largest, logits[from + c] / temperature);
    }
    double sum = 0;
    for (int c = 0; c < row.length; c++) {
      row[c] = StrictMath.exp(logits[from + c] / temperature - largest);
      sum += row[c];
    }
    for (int c = 0; c < row.length; c++) {
      row[c] /= sum;
    }
    return sum;
  }

  private void summarise(int sample, int label, float[] scores, int from, double[] row) {
    if (label < 0 || label >= classes) {
      throw new IllegalArgumentException(
          "sample " + sample + " has the class " + label + ", but there are " + classes);
    }
    int first = 0;
    int before = 0;
    double brier = 0;
    for (int c = 0; c < classes; c++) {
      float score = scores[from + c];
      first = score > scores[from + first] ? c : first;
      // Negated, so that a score that is not a number never counts as a hit.
      if (c < label ? !(score < scores[from + label]) : c > label && !(score <= scores[from + label])) {
        before++;
      }
      double difference = row[c] - (c == label ? 1 : 0);
      brier += difference * difference;
    }
    labels[sample] = label;
    predicted[sample] = first;
    places[sample] = before;
    confidences[sample] = row[first];
    briers[sample] = brier;
  }

  /**
   * These, with what belongs together: samples of one patient, animal, film. Intervals then draw groups, not
   * samples.
   *
   * @param numbers of each sample's group, any numbers; null: each sample stands alone
   */
  public Predictions inGroups(int @Nullable [] numbers) {
    if (numbers != null && numbers.length != labels.length) {
      throw new IllegalArgumentException(
          "there are groups of " + numbers.length + " samples, but " + labels.length + " samples");
    }
    groups = numbers == null ? null : numbers.clone();
    return this;
  }

  /** The group of each sample; null: each stands alone. */
  public int @Nullable [] groups() {
    return groups == null ? null : groups.clone();
  }

  /** Number of samples. */
  public int size() {
    return labels.length;
  }

  /** Number of classes. */
  public int classes() {
    return classes;
  }

  /** The true class. */
  public int label(int sample) {
    return labels[sample];
  }

  /** The class with the largest score, the first of equal ones. */
  public int predicted(int sample) {
    return predicted[sample];
  }

  /** Number of classes that the model puts before the true one; of equal ones the lower class comes first. */
  public int place(int sample) {
    return places[sample];
  }

  /** Probability of the predicted class. */
  public double confidence(int sample) {
    return confidences[sample];
  }

  /** Negative logarithm of the true class's probability. */
  public double logLoss(int sample) {
    return losses[sample];
  }

  /** Sum over the classes of (probability − truth)², 0 to 2. */
  public double brier(int sample) {
    return briers[sample];
  }

  /** Whether the probabilities of all classes are there. */
  public boolean hasAll() {
    return scores != null;
  }

  /** Whether there are logits, which can be divided by a temperature. */
  public boolean hasLogits() {
    return sums != null;
  }

  private float[] all() {
    if (scores == null) {
      throw new IllegalStateException(
          "the probabilities of " + size() + " samples of " + classes + " classes were too many to keep");
    }
    return scores;
  }

  /** Probability of a class. */
  public double probability(int sample, int label) {
    float[] all = all();
    double score = all[sample * classes + label];
    // Logits of equal differences have equal probabilities, to the last bit.
    return sums == null
        ? score
        : StrictMath.exp(score - all[sample * classes + predicted[sample]]) / sums[sample];
  }

  /** Logits [samples × classes], the array itself. */
  float[] logits() {
    if (sums == null) {
      throw new IllegalStateException("there are probabilities, but no logits");
    }
    return all();
  }

  /**
   * Some of the samples, with their groups.
   *
   * @throws IllegalStateException if there are no logits
   */
  Predictions part(int[] samples) {
    float[] all = logits();
    Builder builder = new Builder(samples.length, classes, true);
    for (int i = 0; i < samples.length; i++) {
      builder.set(i, labels[samples[i]], all, samples[i] * classes);
    }
    int[] numbers = groups;
    return builder.build().inGroups(
        numbers == null ? null : Arrays.stream(samples).map(i -> numbers[i]).toArray());
  }

  /** A class's probability for each sample. */
  public double[] column(int label) {
    double[] column = new double[size()];
    Arrays.setAll(column, i -> probability(i, label));
    return column;
  }

  /** What was put into which class: number of samples by class [actual][predicted]. */
  public int[][] confusion() {
    int[][] confusion = new int[classes][classes];
    for (int i = 0; i < labels.length; i++) {
      confusion[labels[i]][predicted[i]]++;
    }
    return confusion;
  }

  /** The same without the matrix. */
  public Counts counts() {
    Counts counts = new Counts(classes);
    for (int i = 0; i < labels.length; i++) {
      counts.add(labels[i], predicted[i], 1);
    }
    return counts;
  }
}
