package org.swinengine.metrics.probe;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.swinengine.metrics.Predictions;

/**
 * Probabilities of classes from features, of samples whose labels the probe has not seen. The samples are
 * divided into folds; what is said of a fold comes from the others: the mean of what {@link View views} give,
 *
 * <ul>
 * <li>a {@link LogisticRegression} with the penalty 0.01, and
 * <li>the shares of the classes among the nearest samples, by the cosine of standardised features: 50 of
 * them, or a quarter of a class's mean size where that is less, and never fewer than 5.
 * </ul>
 *
 * <p>The two err in different ways: the regression takes single wrong labels for what they are but draws
 * straight borders, neighbours follow any border. A sample whose class none of the other folds has is not
 * judged. Regressions learn from up to 20,000 samples and up to 10,000 are asked as neighbours, evenly of
 * each class, because more take long.
 *
 * @param samples those that are judged, ascending
 * @param predictions of these, in their order, with all probabilities
 * @param agreement of these, the share of neighbours that have the sample's label; NaN where none is asked
 */
public record FoldedProbe(int[] samples, Predictions predictions, double[] agreement) {
  private static final double PENALTY = 1e-2;

  /** Probabilities are those of the minimum to about 0.0002, at the most 0.01. */
  private static final double TOLERANCE = 3e-4;

  private static final int NEIGHBOURS = 50;
  private static final int FEWEST_NEIGHBOURS = 5;
  private static final int MOST_LEARNT = 20_000;
  private static final int MOST_ASKED = 10_000;

  /**
   * Features of all samples, and what is made of them.
   *
   * @param features [samples × width]
   * @param width numbers of a sample, at least 1
   * @param regression whether a regression learns from them
   * @param neighbours whether neighbours are asked. Of features that have learnt the samples' labels they
   *     should not be: what was learnt by heart lies among what it is labelled as
   */
  public record View(float[] features, int width, boolean regression, boolean neighbours) {
    private void check(int samples) {
      if (width < 1 || features.length != (long) samples * width) {
        throw new IllegalArgumentException(
            "there are " + features.length + " features, " + width + " a sample, but " + samples + " labels");
      }
      for (int i = 0; i < features.length; i++) {
        if (!Float.isFinite(features[i])) {
          throw new IllegalArgumentException(
              "a feature of sample " + i / width + " is " + features[i] + ", so nothing can be told from it");
        }
      }
    }
  }

  /** Asks the probes. */
  private static final class Work {
    private final int[] labels;
    private final int classes;
    private final int[] folds;
    private final int[] numbers;
    private final int neighbours;

    /** Sums over what was asked, [samples × classes]. */
    private final double[] sums;

    private final double[] agreement;
    private final boolean[] judged;
    private int asked;
    private int askedNeighbours;

    Work(int[] labels, int classes, int[] folds) {
      this.labels = labels;
      this.classes = classes;
      this.folds = folds;
      numbers = Arrays.stream(folds).distinct().sorted().toArray();
      long used = Arrays.stream(labels).distinct().count();
      neighbours =
          (int) Math.max(FEWEST_NEIGHBOURS, Math.min(NEIGHBOURS, labels.length / Math.max(1, used) / 4));
      sums = new double[Math.multiplyExact(labels.length, classes)];
      agreement = new double[labels.length];
      judged = new boolean[labels.length];
      for (int fold : numbers) {
        boolean[] known = new boolean[classes];
        IntStream.range(0, labels.length).filter(i -> folds[i] != fold).forEach(i -> known[labels[i]] = true);
        IntStream.range(0, labels.length).filter(i -> folds[i] == fold)
            .forEach(i -> judged[i] = known[labels[i]]);
      }
    }

    void ask(View view) {
      if (view.regression()) {
        // Folds differ little from the whole.
        int[] all = IntStream.range(0, labels.length).toArray();
        int used = (int) Arrays.stream(labels).distinct().count();
        Curvature curvature = Curvature.of(view.features(), view.width(), all, used, PENALTY);
        // Each fold is a piece of work of its own; none depends on another.
        Arrays.stream(numbers).parallel().forEach(fold -> regress(view, fold, curvature));
        asked++;
      }
      if (view.neighbours()) {
        int[] all = IntStream.range(0, labels.length).toArray();
        double[] means = Standardisation.means(view.features(), view.width(), all);
        double[] scales = Standardisation.scales(view.features(), view.width(), all, means);
        for (int fold : numbers) {
          int[] among = others(fold, MOST_ASKED);
          askNeighbours(new Neighbours(view.features(), view.width(), means, scales, among), fold);
        }
        asked++;
        askedNeighbours++;
      }
    }

    private void regress(View view, int fold, Curvature curvature) {
      int[] learnt = others(fold, MOST_LEARNT);
      if (learnt.length == 0) {
        return;
      }
      LogisticRegression regression =
          LogisticRegression.fit(
              view.features(), view.width(), learnt, labels, classes, PENALTY, TOLERANCE, curvature);
      double[] row = new double[classes];
      for (int i = 0; i < folds.length; i++) {
        if (folds[i] == fold && judged[i]) {
          regression.probabilities(view.features(), i, row);
          for (int c = 0; c < classes; c++) {
            sums[i * classes + c] += row[c];
          }
        }
      }
    }

    private void askNeighbours(Neighbours others, int fold) {
      IntStream.range(0, folds.length).parallel().filter(i -> folds[i] == fold && judged[i]).forEach(i -> {
        int[] nearest = others.nearest(i, neighbours);
        for (int other : nearest) {
          sums[i * classes + labels[other]] += 1.0 / nearest.length;
          agreement[i] += labels[other] == labels[i] ? 1.0 / nearest.length : 0;
        }
      });
    }

    /** Samples of the other folds, ascending; of too many, evenly spaced ones of each class. */
    private int[] others(int fold, int most) {
      int[] all = IntStream.range(0, folds.length).filter(i -> folds[i] != fold).toArray();
      if (all.length <= most) {
        return all;
      }
      List<List<Integer>> ofClass = new ArrayList<>();
      for (int c = 0; c < classes; c++) {
        ofClass.add(new ArrayList<>());
      }
      Arrays.stream(all).forEach(i -> ofClass.get(labels[i]).add(i));
      return ofClass.stream()
          .flatMapToInt(members -> {
            int kept = (int) Math.ceil((double) members.size() * most / all.length);
            return IntStream.range(0, kept).map(i -> members.get((int) ((long) i * members.size() / kept)));
          })
          .sorted()
          .toArray();
    }

    FoldedProbe result() {
      int[] samples = IntStream.range(0, labels.length).filter(i -> judged[i]).toArray();
      float[] means = new float[samples.length * classes];
      for (int i = 0; i < means.length; i++) {
        means[i] = (float) (sums[samples[i / classes] * classes + i % classes] / asked);
      }
      int[] given = Arrays.stream(samples).map(i -> labels[i]).toArray();
      return new FoldedProbe(
          samples, Predictions.ofProbabilities(means, given, classes),
          Arrays.stream(samples).mapToDouble(i -> agreement[i] / askedNeighbours).toArray());
    }
  }

  /**
   * Asks probes about all samples.
   *
   * @param views at least one of which asks something
   * @param labels of the samples, from 0
   * @param classes number of classes, at least 2
   * @param folds the number of each sample's fold; samples that belong together are in one
   * @throws IllegalArgumentException if the sizes do not fit, or a feature is no finite number
   */
  public static FoldedProbe of(List<View> views, int[] labels, int classes, int[] folds) {
    if (folds.length != labels.length || views.stream().noneMatch(v -> v.regression() || v.neighbours())) {
      throw new IllegalArgumentException(
          "there are " + labels.length + " labels, " + folds.length + " numbers of folds and " + views.size()
              + " views, but must be as many numbers as labels and a view that asks something");
    }
    views.forEach(view -> view.check(labels.length));
    Work work = new Work(labels, classes, folds);
    views.forEach(work::ask);
    return work.result();
  }
}
