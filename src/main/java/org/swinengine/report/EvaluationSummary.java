package org.swinengine.report;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.swinengine.metrics.Calibration;
import org.swinengine.metrics.ClassificationFigures;
import org.swinengine.metrics.Figure;

/**
 * All of a measurement that a page shows, without the images and the model: what {@code results.json} keeps.
 *
 * @param images number of images
 * @param groups number of groups that intervals are drawn from; that of the images if each stands alone
 * @param draws of the bootstrap
 * @param classNames names of the classes
 * @param figures with their 95 % intervals
 * @param classes figures of each class, in the order of the names
 * @param confusion what is not 0 of the confusion matrix: actual class, predicted class, images; empty where
 *     images may have several classes
 * @param curves of some classes against the rest; none where the probabilities were too many to keep
 * @param reliability how sure and how right, in bins
 * @param scaling what temperature scaling would do; a temperature that is not a number: not known
 * @param samples some predictions, the most confident mistakes first
 * @param doubts labels that may be wrong, the likeliest first
 * @param doubted number of such labels
 * @param thresholds above which probability each class is said, where images may have several; null: they
 *     have one
 * @param mistakes the surest wrong answers of images that may have several classes; null: they have one, or
 *     the results are of an earlier version
 */
public record EvaluationSummary(
    int images,
    int groups,
    int draws,
    List<String> classNames,
    List<Figure> figures,
    List<ClassificationFigures.OfClass> classes,
    List<int[]> confusion,
    List<Curves> curves,
    List<Calibration.Bin> reliability,
    Scaling scaling,
    List<Sample> samples,
    List<Doubt> doubts,
    int doubted,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable List<Double> thresholds,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable List<Mistake> mistakes) {
  /**
   * A class's curves, some of their points.
   *
   * @param label the class; −1: the mean of all
   * @param auc area below the first
   * @param averagePrecision area below the second
   * @param falsePositiveRates abscissas of the ROC curve
   * @param truePositiveRates its ordinates
   * @param recalls abscissas of the precision-recall curve
   * @param precisions its ordinates
   */
  public record Curves(
      int label, double auc, double averagePrecision, double[] falsePositiveRates, double[] truePositiveRates,
      double[] recalls, double[] precisions) {}

  /**
   * What dividing the logits by a number would do.
   *
   * @param temperature the number
   * @param expectedError calibration error afterwards
   * @param logLoss mean cross-entropy afterwards
   * @param crossFitted whether both were measured with each half of the images divided by the number of the
   *     other half; else, in results of earlier versions, on the images that the number is from
   */
  public record Scaling(double temperature, double expectedError, double logLoss, boolean crossFitted) {
    static final Scaling NONE = new Scaling(Double.NaN, Double.NaN, Double.NaN, false);
  }

  /**
   * One prediction.
   *
   * @param name of the image in its data set
   * @param actual class number
   * @param predicted class number
   * @param probability that the model gives the predicted class, 0 to 1
   * @param picture the image
   */
  public record Sample(String name, int actual, int predicted, double probability, Thumbnail picture) {}

  /**
   * A wrong yes or no.
   *
   * @param name of the image in its data set
   * @param label number of the class
   * @param said whether it was said; else it was missed
   * @param probability that the model gives the class, 0 to 1
   * @param actual numbers of the classes that the image has
   * @param picture the image
   */
  public record Mistake(
      String name, int label, boolean said, double probability, List<Integer> actual, Thumbnail picture) {}

  /**
   * A label that may be wrong.
   *
   * @param name of the image in its data set
   * @param given its label
   * @param suggested the class that the model puts first
   * @param selfConfidence probability of the label, 0 to 1
   * @param normalizedMargin (that − the largest other + 1) / 2
   */
  public record Doubt(
      String name, int given, int suggested, double selfConfidence, double normalizedMargin) {}

  /** Whether images may have several classes. */
  @JsonIgnore
  public boolean isMultiLabel() {
    return thresholds != null;
  }

  /** The figure of a name; without a value if there is none. */
  public Figure figure(String key) {
    return figures.stream()
        .filter(figure -> figure.key().equals(key))
        .findFirst()
        .orElse(Figure.of(key, Double.NaN));
  }
}
