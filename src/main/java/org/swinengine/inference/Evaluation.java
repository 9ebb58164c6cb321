package org.swinengine.inference;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.swinengine.data.RawImage;
import org.swinengine.metrics.ClassificationFigures;
import org.swinengine.metrics.Counts;
import org.swinengine.metrics.Figure;
import org.swinengine.metrics.Predictions;

/**
 * How well a model classifies labelled images.
 *
 * @param images number of images
 * @param loss mean cross-entropy without label smoothing
 * @param top1 percentage of images whose class the model puts first; of equal logits the lower class comes
 *     first
 * @param top5 percentage of images whose class is among the first five
 * @param confusion number of images by class [actual][predicted]
 * @param perClass metrics of each class, in the order of the labels
 * @param samples some predictions, the most confident mistakes first
 * @param predictions what the model gave for each image, in the order of the data, from which all other
 *     figures follow; null where only counts are known
 */
public record Evaluation(
    int images,
    double loss,
    double top1,
    double top5,
    int[][] confusion,
    List<ClassMetrics> perClass,
    List<Sample> samples,
    @Nullable Predictions predictions) {
  /** An evaluation of which only counts are known. */
  public Evaluation(
      int images, double loss, double top1, double top5, int[][] confusion, List<ClassMetrics> perClass,
      List<Sample> samples) {
    this(images, loss, top1, top5, confusion, perClass, samples, null);
  }

  /**
   * One class.
   *
   * @param name of the class
   * @param images of this class
   * @param precision share of correct ones among the images that were put into this class, 0 to 1; 0 if there
   *     are none
   * @param recall share of this class's images that were recognised, 0 to 1; 0 if there are none
   * @param f1 harmonic mean of the two; 0 if both are
   */
  public record ClassMetrics(String name, int images, double precision, double recall, double f1) {}

  /** A picture that is read when it is needed: few who measure a model look at its samples. */
  @FunctionalInterface
  public interface Picture {
    /**
     * Reads it.
     *
     * @throws IOException if it cannot be read any more
     */
    RawImage load() throws IOException;
  }

  /**
   * One prediction.
   *
   * @param name of the image in its data set
   * @param actual class number
   * @param predicted class number
   * @param probability that the model gives the predicted class, 0 to 1
   * @param picture reads the picture as it is stored
   */
  public record Sample(String name, int actual, int predicted, double probability, Picture picture) {
    /** Whether the prediction is right. */
    public boolean isRight() {
      return actual == predicted;
    }
  }

  /**
   * Mean of the classes' F1, 0 to 1: scikit-learn's {@code f1_score(average="macro")}. A class without an
   * image to which none was assigned does not count.
   */
  public double macroF1() {
    double value = Counts.of(confusion).macroF1();
    return Double.isNaN(value) ? 0 : value;
  }

  /** Mean recall of the classes that are there, 0 to 1; NaN without images. */
  public double balancedAccuracy() {
    return Counts.of(confusion).balancedAccuracy();
  }

  /**
   * Area below the ROC curve, as {@link ClassificationFigures} measures it.
   *
   * @param most probabilities that may be put in order for it
   * @return NaN where there are more, or none
   */
  public double auc(long most) {
    if (predictions == null || !predictions.hasAll() || (long) images * confusion.length > most) {
      return Double.NaN;
    }
    return ClassificationFigures.of(predictions, 0, 0).figure("auc").map(Figure::value).orElse(Double.NaN);
  }

  /** Metrics of each class from the counts [actual][predicted]. */
  public static List<ClassMetrics> perClass(int[][] confusion, List<String> names) {
    ClassMetrics[] metrics = new ClassMetrics[confusion.length];
    for (int c = 0; c < confusion.length; c++) {
      int actual = 0;
      int predicted = 0;
      for (int other = 0; other < confusion.length; other++) {
        actual += confusion[c][other];
        predicted += confusion[other][c];
      }
      int right = confusion[c][c];
      double precision = predicted == 0 ? 0 : (double) right / predicted;
      double recall = actual == 0 ? 0 : (double) right / actual;
      double f1 = actual + predicted == 0 ? 0 : 2.0 * right / (actual + predicted);
      metrics[c] = new ClassMetrics(names.get(c), actual, precision, recall, f1);
    }
    return List.of(metrics);
  }
}
