package org.swinengine.inference;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.swinengine.metrics.ConformalSets;
import org.swinengine.metrics.MultiLabel;

/**
 * What a model says about a picture.
 *
 * @param classes all classes, the most probable first; of equal ones the lower class number
 * @param temperature by which logits were divided, above 0; 1: none
 * @param said of a model that says yes or no to each class those that are above their thresholds, in the same
 *     order; null of others
 */
public record Prediction(
    List<ClassProbability> classes, double temperature, @Nullable List<ClassProbability> said) {
  /** Without a temperature. */
  public Prediction(List<ClassProbability> classes) {
    this(classes, 1);
  }

  /** Of a model whose images have one class. */
  public Prediction(List<ClassProbability> classes, double temperature) {
    this(classes, temperature, null);
  }

  /**
   * One class.
   *
   * @param index class number
   * @param name of the class
   * @param probability softmax of the logits, divided by the temperature, or the logit's sigmoid where there
   *     are yes and no, 0 to 1
   * @param logit what the model gave
   */
  public record ClassProbability(int index, String name, double probability, float logit) {}

  /** The softmax of a row of logits, in float64. */
  static Prediction of(float[] logits, int from, List<String> names, double temperature) {
    double[] plain = softmax(logits, from, names.size(), 1);
    double[] scaled = temperature == 1 ? plain : softmax(logits, from, names.size(), temperature);
    List<ClassProbability> all = new ArrayList<>();
    for (int c = 0; c < plain.length; c++) {
      all.add(new ClassProbability(c, names.get(c), scaled[c], logits[from + c]));
    }
    // In the order without a temperature, also where that makes a difference of what was equal.
    all.sort(Comparator.comparingDouble((ClassProbability c) -> plain[c.index()]).reversed());
    return new Prediction(List.copyOf(all), temperature);
  }

  private static double[] softmax(float[] logits, int from, int classes, double temperature) {
    double largest = Double.NEGATIVE_INFINITY;
    for (int c = 0; c < classes; c++) {
      largest = Math.max(largest, logits[from + c] / temperature);
    }
    double[] exponentials = new double[classes];
    double sum = 0;
    for (int c = 0; c < classes; c++) {
      exponentials[c] = StrictMath.exp(logits[from + c] / temperature - largest);
      sum += exponentials[c];
    }
    double total = sum;
    return Arrays.stream(exponentials).map(exponential -> exponential / total).toArray();
  }

  /**
   * The classes of this picture's set, the most probable first; none if nothing is likely enough. Sets are of
   * probabilities without a temperature.
   *
   * @param sets of {@link StoredCalibration#sets}
   */
  public List<ClassProbability> in(ConformalSets sets) {
    float[] logits = new float[classes.size()];
    classes.forEach(c -> logits[c.index()] = c.logit());
    int[] members = sets.set(softmax(logits, 0, logits.length, 1));
    return classes.stream().filter(c -> Arrays.binarySearch(members, c.index()) >= 0).toList();
  }

  /** The sigmoid of each of a row of logits, in float64. */
  static Prediction ofAnswers(float[] logits, int from, List<String> names, double[] thresholds) {
    List<ClassProbability> all = new ArrayList<>();
    for (int c = 0; c < names.size(); c++) {
      all.add(
          new ClassProbability(c, names.get(c), MultiLabel.sigmoid(logits[from + c]), logits[from + c]));
    }
    all.sort(Comparator.comparingDouble(ClassProbability::probability).reversed());
    return new Prediction(
        List.copyOf(all), 1,
        all.stream().filter(one -> one.probability() > thresholds[one.index()]).toList());
  }

  /**
   * The mean of what several models say of a picture.
   *
   * @param all at least one, of the same classes
   * @param thresholds where they say yes or no to each class; null: not
   * @return the mean of the probabilities, and its logarithm, or its logit, in the logits' place
   */
  static Prediction mean(List<Prediction> all, double @Nullable [] thresholds) {
    if (all.size() == 1) {
      return all.get(0);
    }
    int classes = all.get(0).classes().size();
    double[] sums = new double[classes];
    String[] names = new String[classes];
    for (Prediction one : all) {
      for (ClassProbability c : one.classes()) {
        sums[c.index()] += c.probability();
        names[c.index()] = c.name();
      }
    }
    List<ClassProbability> means = new ArrayList<>();
    for (int c = 0; c < classes; c++) {
      double mean = sums[c] / all.size();
      double odds = thresholds == null ? mean : mean / (1 - mean);
      means.add(new ClassProbability(c, names[c], mean, (float) StrictMath.log(odds)));
    }
    means.sort(Comparator.comparingDouble(ClassProbability::probability).reversed());
    return new Prediction(
        List.copyOf(means), 1,
        thresholds == null
            ? null
            : means.stream().filter(one -> one.probability() > thresholds[one.index()]).toList());
  }

  /** The most probable class. */
  public ClassProbability first() {
    return classes.get(0);
  }
}
