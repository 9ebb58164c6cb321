package org.swinengine.metrics;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The scores of calibration samples, which give sets of classes ({@link ConformalSets}) for any coverage that
 * is asked for later. Scores are {@link ConformalSets.Score#LAC}, of probabilities without a temperature: one
 * that was fitted on these very samples would weaken what the sets promise.
 *
 * @param all of all samples
 * @param byClass of each class's samples; empty: the classes are too many to keep them
 */
public record ConformalScores(Kept all, List<Kept> byClass) {
  /** The score that they are. */
  public static final ConformalSets.Score SCORE = ConformalSets.Score.LAC;

  /** Scores of all samples, and of a class's, that are kept at the most. */
  public static final int MOST = 1000;

  /** Scores of all classes together. */
  private static final int MOST_TOGETHER = 100_000;

  /** A class of which fewer could be kept is better off with the scores of all. */
  private static final int FEWEST = 50;

  /** Checks and copies. */
  public ConformalScores {
    byClass = List.copyOf(byClass);
  }

  /**
   * Sorted scores, or as many of them at even distances, the largest among them: thresholds are then larger
   * by a thousandth of the samples at the most, which keeps what was promised.
   *
   * @param samples that there were
   * @param scores ascending, rounded up to float32; 0 to 1; all of them, or fewer than samples
   */
  public record Kept(int samples, float[] scores) {
    /**
     * Checks and copies.
     *
     * @throws IllegalArgumentException if they cannot be scores
     */
    public Kept {
      if (samples < 0 || scores.length > samples || samples > 0 && scores.length == 0) {
        throw new IllegalArgumentException(
            "there are " + scores.length + " scores of " + samples + " samples");
      }
      float last = 0;
      for (float score : scores) {
        if (!(score >= last && score <= 1)) {
          throw new IllegalArgumentException("a score is " + score + " after " + last
              + ", but scores rise from 0 to 1");
        }
        last = score;
      }
      scores = scores.clone();
    }

    static Kept of(double[] scores, int most) {
      double[] sorted = scores.clone();
      Arrays.sort(sorted);
      int n = sorted.length;
      int number = Math.min(n, most);
      float[] kept = new float[number];
      for (int j = 0; j < number; j++) {
        // Of all the (j + 1)-th, of some the ⌈(j + 1) · n / number⌉-th.
        double score = sorted[(int) (((long) (j + 1) * n + number - 1) / number) - 1];
        float rounded = (float) score;
        kept[j] = rounded < score ? Math.nextUp(rounded) : rounded;
      }
      return new Kept(n, kept);
    }

    /** Copies. */
    @Override
    public float[] scores() {
      return scores.clone();
    }

    /** The threshold of a coverage; infinite if the samples are too few for it. */
    double threshold(double coverage) {
      int place = ConformalSets.place(samples, coverage);
      return place > samples
          ? Double.POSITIVE_INFINITY
          : scores[(int) ((long) (place - 1) * scores.length / samples)];
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Kept kept && samples == kept.samples && Arrays.equals(scores, kept.scores);
    }

    @Override
    public int hashCode() {
      return 31 * samples + Arrays.hashCode(scores);
    }

    @Override
    public String toString() {
      return scores.length + " scores of " + samples + " samples";
    }
  }

  /**
   * Scores of samples.
   *
   * @param calibration samples that the model was not trained on
   * @throws IllegalStateException if the probabilities of all classes were not kept
   */
  public static ConformalScores of(Predictions calibration) {
    double[] scores = new double[calibration.size()];
    Arrays.setAll(scores, i -> ConformalSets.ofTruth(calibration, SCORE, i));
    int most = Math.min(MOST, MOST_TOGETHER / calibration.classes());
    List<Kept> byClass = new ArrayList<>();
    if (most >= FEWEST) {
      for (int c = 0; c < calibration.classes(); c++) {
        int label = c;
        double[] ofClass =
            IntStream.range(0, scores.length).filter(i -> calibration.label(i) == label)
                .mapToDouble(i -> scores[i]).toArray();
        byClass.add(Kept.of(ofClass, most));
      }
    }
    return new ConformalScores(Kept.of(scores, MOST), byClass);
  }

  /**
   * Sets that hold the class of a share of all new samples, and of the samples of each class, but for
   * {@link #tooSmall} ones: those have the threshold of all samples.
   *
   * @param coverage above 0, below 1
   * @param classes number of classes
   * @throws IllegalArgumentException if the coverage is none, or there are too few samples for it
   */
  public ConformalSets sets(double coverage, int classes) {
    double shared = shared(coverage);
    double[] thresholds = new double[classes];
    Arrays.fill(thresholds, shared);
    for (int c = 0; c < byClass.size(); c++) {
      double own = byClass.get(c).threshold(coverage);
      thresholds[c] = own == Double.POSITIVE_INFINITY ? shared : own;
    }
    return ConformalSets.of(SCORE, thresholds);
  }

  private double shared(double coverage) {
    if (!(coverage > 0 && coverage < 1)) {
      throw new IllegalArgumentException(
          "`coverage` is " + coverage + ", but must be above 0 and below 1, such as 0.9");
    }
    double shared = all.threshold(coverage);
    if (shared == Double.POSITIVE_INFINITY) {
      throw new IllegalArgumentException(
          "`coverage` is " + coverage + ", for which the scores of at least " + needed(coverage)
              + " validation images are needed, but there are those of " + all.samples()
              + "; ask for less, or measure more images");
    }
    return shared;
  }

  /** The fewest samples that a threshold of such a coverage is known from. */
  public static int needed(double coverage) {
    int samples = (int) Math.min(1e9, coverage / (1 - coverage));
    while (ConformalSets.place(samples, coverage) > samples) {
      samples++;
    }
    return samples;
  }

  /** The classes that had too few samples for a coverage of their own; all where none has scores. */
  public List<Integer> tooSmall(double coverage, int classes) {
    return IntStream.range(0, classes)
        .filter(c -> byClass.isEmpty() || byClass.get(c).threshold(coverage) == Double.POSITIVE_INFINITY)
        .boxed().toList();
  }
}
