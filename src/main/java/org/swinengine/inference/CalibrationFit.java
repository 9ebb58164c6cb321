package org.swinengine.inference;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.swinengine.data.Dataset;
import org.swinengine.data.Fingerprint;
import org.swinengine.metrics.Bootstrap;
import org.swinengine.metrics.ConformalScores;
import org.swinengine.metrics.Predictions;
import org.swinengine.metrics.TemperatureFit;

/**
 * How sure a model may be, from an evaluation of it.
 *
 * @param calibration what a checkpoint keeps; null: there is nothing to keep
 * @param temperature how the temperature was fitted and what it is worth
 * @param notes lines for the user: what it is, what is missing and why
 */
public record CalibrationFit(
    @Nullable StoredCalibration calibration, TemperatureFit temperature, List<String> notes) {
  /** The coverage that is looked at when one is not asked for yet. */
  private static final double USUAL_COVERAGE = 0.9;

  private static final int MOST_NAMES = 5;

  /**
   * Of images that the model was not trained on.
   *
   * @param evaluation with its predictions
   * @param dataset the images that were evaluated
   * @throws IOException when they cannot be read
   */
  public static CalibrationFit of(Evaluation evaluation, Dataset dataset) throws IOException {
    Predictions predictions = evaluation.predictions();
    if (predictions == null) {
      return new CalibrationFit(null, TemperatureFit.none("there are counts alone"), List.of());
    }
    if (!predictions.hasAll()) {
      TemperatureFit none = TemperatureFit.none("the probabilities are too many to keep");
      return new CalibrationFit(
          null, none, List.of("no temperature and no sets of classes: " + none.reason()));
    }
    TemperatureFit fitted = TemperatureFit.of(predictions);
    if (predictions.size() == 0 || !Double.isFinite(evaluation.loss())) {
      return new CalibrationFit(
          null, fitted, List.of("no temperature and no sets of classes: " + fitted.reason()));
    }
    StoredCalibration calibration =
        new StoredCalibration(
            fitted.isKnown() ? Optional.of(fitted.temperature()) : Optional.empty(),
            ConformalScores.of(predictions), predictions.classes(), predictions.size(),
            new Bootstrap(predictions.size(), predictions.groups(), 0).groups(),
            dataset.fingerprint().map(Fingerprint::digest).orElse(null));
    List<String> notes = new ArrayList<>();
    notes.add(describe(fitted));
    notes.add(describe(calibration, dataset.classNames()));
    return new CalibrationFit(calibration, fitted, List.copyOf(notes));
  }

  /** Of a run whose validation part is none: it says nothing about images that were not learnt from. */
  public static CalibrationFit ofTrainingImages() {
    TemperatureFit none = TemperatureFit.none("the validation images are the training images");
    return new CalibrationFit(
        null, none, List.of("no temperature and no sets of classes: " + none.reason()));
  }

  private static String describe(TemperatureFit fitted) {
    if (!fitted.isKnown()) {
      return "no temperature: " + fitted.reason();
    }
    return String.format(
        Locale.ROOT,
        "temperature %.3f: calibration error %.1f %% to %.1f %%, log loss %.4f to %.4f, each half of the"
            + " validation images with the temperature of the other half",
        fitted.temperature(), 100 * fitted.before().expectedError(), 100 * fitted.after().expectedError(),
        fitted.before().logLoss(), fitted.after().logLoss());
  }

  /** Which classes have sets of their own. */
  private static String describe(StoredCalibration calibration, List<String> names) {
    String images = calibration.images() + " validation images"
        + (calibration.groups() < calibration.images() ? " in " + calibration.groups() + " groups" : "");
    int needed = ConformalScores.needed(USUAL_COVERAGE);
    if (calibration.images() < needed) {
      return "sets of classes: of " + images + " for small coverages alone; 90 % needs " + needed;
    }
    if (calibration.scores().byClass().isEmpty()) {
      return "sets of classes: of " + images + ", for all classes together, which are too many for scores of"
          + " each";
    }
    List<Integer> small = calibration.scores().tooSmall(USUAL_COVERAGE, calibration.classes());
    return "sets of classes: of " + images + (small.isEmpty() ? ", for each class"
        : "; " + few(small, names) + " with fewer than " + needed
            + " images (of a coverage of 90 %) would have the scores of all classes");
  }

  /** Some classes by their names: {@code the classes red, green and 3 more}. */
  public static String few(List<Integer> labels, List<String> names) {
    List<String> shown = labels.stream().limit(MOST_NAMES).map(names::get).toList();
    return (labels.size() == 1 ? "the class " : "the classes ") + String.join(", ", shown)
        + (labels.size() > MOST_NAMES ? " and " + (labels.size() - MOST_NAMES) + " more" : "");
  }
}
