package org.swinengine.inference;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.swinengine.metrics.MultiLabel;

/**
 * What a model says about a picture.
 *
 * @param classes all classes, the most probable first; of equal ones the lower class number
 * @param said of a model that says yes or no to each class those that are above their thresholds, in the same
 *     order; null of others
 */
public record Prediction(List<ClassProbability> classes, @Nullable List<ClassProbability> said) {
  /** Of a model whose images have one class. */
  public Prediction(List<ClassProbability> classes) {
    this(classes, null);
  }

  /**
   * One class.
   *
   * @param index class number
   * @param name of the class
   * @param probability softmax of the logits, or the logit's sigmoid where there are yes and no, 0 to 1
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

  /** The sigmoid of each of a row of logits, in float64. */
  static Prediction ofAnswers(float[] logits, int from, List<String> names, double[] thresholds) {
    List<ClassProbability> all = new ArrayList<>();
    for (int c = 0; c < names.size(); c++) {
      all.add(
          new ClassProbability(c, names.get(c), MultiLabel.sigmoid(logits[from + c]), logits[from + c]));
    }
    all.sort(Comparator.comparingDouble(ClassProbability::probability).reversed());
    return new Prediction(
        List.copyOf(all),
        all.stream().filter(one -> one.probability() > thresholds[one.index()]).toList());
  }

  /** The most probable class. */
  public ClassProbability first() {
    return classes.get(0);
  }
}
