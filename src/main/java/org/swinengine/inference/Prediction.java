package org.swinengine.inference;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * What a model says about a picture.
 *
 * @param classes all classes, the most probable first; of equal ones the lower class number
 */
public record Prediction(List<ClassProbability> classes) {
  /**
   * One class.
   *
   * @param index class number
   * @param name of the class
   * @param probability softmax of the logits, 0 to 1
   * @param logit what the model gave
   */
  public record ClassProbability(int index, String name, double probability, float logit) {}

  /** The softmax of a row of logits, in float64. */
  static Prediction of(float[] logits, int from, List<String> names) {
    int classes = names.size();
    double largest = Double.NEGATIVE_INFINITY;
    for (int c = 0; c < classes; c++) {
      largest = Math.max(largest, logits[from + c]);
    }
    double[] exponentials = new double[classes];
    double sum = 0;
    for (int c = 0; c < classes; c++) {
      exponentials[c] = StrictMath.exp(logits[from + c] - largest);
      sum += exponentials[c];
    }
    List<ClassProbability> all = new ArrayList<>();
    for (int c = 0; c < classes; c++) {
      all.add(new ClassProbability(c, names.get(c), exponentials[c] / sum, logits[from + c]));
    }
    all.sort(Comparator.comparingDouble(ClassProbability::probability).reversed());
    return new Prediction(List.copyOf(all));
  }

  /**
   * The mean of what several models say of a picture.
   *
   * @param all at least one, of the same classes
   * @return the mean of the probabilities, and its logarithm in the logits' place
   */
  static Prediction mean(List<Prediction> all) {
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
      means.add(new ClassProbability(c, names[c], mean, (float) StrictMath.log(mean)));
    }
    means.sort(Comparator.comparingDouble(ClassProbability::probability).reversed());
    return new Prediction(List.copyOf(means));
  }

  /** The most probable class. */
  public ClassProbability first() {
    return classes.get(0);
  }
}
