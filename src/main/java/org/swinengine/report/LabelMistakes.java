package org.swinengine.report;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.swinengine.data.Dataset;
import org.swinengine.metrics.MultiLabel;

/**
 * The surest wrong answers where each class is a yes or no: what was said most surely of images that do not
 * have it, and least of those that have it.
 */
final class LabelMistakes {
  /** Of each class, of those that are wrongly said, and of those that are missed. */
  private static final int EACH = 3;

  /** Of all classes together, so that a page of many stays small. */
  private static final int MOST = 60;

  private LabelMistakes() {}

  /** A wrong answer, and how far it is beyond the threshold. */
  private record Wrong(int sample, int label, boolean said, double beyond) {}

  /**
   * Finds them.
   *
   * @param thresholds above which each class is said
   * @param dataset the images of the answers
   * @return the first of each class and kind, the surest of them first, then the second of each, and so on
   * @throws IOException if a picture cannot be read
   */
  static List<EvaluationSummary.Mistake> of(MultiLabel answers, double[] thresholds, Dataset dataset)
      throws IOException {
    List<List<Wrong>> ranks = new ArrayList<>();
    for (int rank = 0; rank < EACH; rank++) {
      ranks.add(new ArrayList<>());
    }
    for (int label = 0; label < answers.labels(); label++) {
      for (boolean said : new boolean[] {true, false}) {
        List<Wrong> surest = surest(answers, label, thresholds[label], said);
        for (int rank = 0; rank < surest.size(); rank++) {
          ranks.get(rank).add(surest.get(rank));
        }
      }
    }
    Comparator<Wrong> surestFirst = Comparator.comparingDouble(one -> -one.beyond());
    List<Wrong> chosen =
        ranks.stream().flatMap(rank -> rank.stream().sorted(surestFirst)).limit(MOST).toList();
    List<EvaluationSummary.Mistake> mistakes = new ArrayList<>();
    for (Wrong one : chosen) {
      mistakes.add(
          new EvaluationSummary.Mistake(
              dataset.name(one.sample()), one.label(), one.said(),
              answers.probabilities()[one.sample() * answers.labels() + one.label()],
              Arrays.stream(dataset.labels(one.sample())).boxed().toList(),
              Thumbnail.small(dataset.load(one.sample()))));
    }
    return List.copyOf(mistakes);
  }

  private static List<Wrong> surest(MultiLabel answers, int label, double threshold, boolean said) {
    List<Wrong> wrong = new ArrayList<>();
    for (int i = 0; i < answers.size(); i++) {
      int at = i * answers.labels() + label;
      double beyond = answers.probabilities()[at] - threshold;
      if (beyond > 0 == said && answers.truth()[at] != said) {
        wrong.add(new Wrong(i, label, said, Math.abs(beyond)));
      }
    }
    wrong.sort(Comparator.comparingDouble(one -> -one.beyond()));
    return wrong.subList(0, Math.min(EACH, wrong.size()));
  }
}
