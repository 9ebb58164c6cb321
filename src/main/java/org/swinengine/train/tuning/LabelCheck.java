package org.swinengine.train.tuning;

import java.io.IOException;
import java.util.function.BooleanSupplier;
import org.swinengine.data.Dataset;
import org.swinengine.data.LoaderOptions;
import org.swinengine.inference.LowFrequencies;
import org.swinengine.inference.ModelInput;
import org.swinengine.report.SuspectLabels;

/**
 * Which training labels are probably wrong, by what a run's model makes of the images.
 *
 * @param most labels to list
 * @param seed that divides the images into folds
 * @param frozen whether the backbone learnt nothing in the run
 */
public record LabelCheck(int most, long seed, boolean frozen) {
  /**
   * Looks for them.
   *
   * @param images the training images without anything random
   * @param options how they are read
   * @param features of these
   * @throws java.util.concurrent.CancellationException if {@code cancelled} says so
   * @throws IOException if an image cannot be read
   */
  public SuspectLabels of(
      ModelInput.Images images, LoaderOptions options, FeatureStore features, BooleanSupplier cancelled)
      throws IOException {
    Dataset dataset = images.dataset();
    float[] rows = features.rows();
    float[] frequencies = frozen ? new float[0] : LowFrequencies.of(images, options, cancelled);
    if (rows == null || frequencies == null || SuspectLabels.isTooLarge(dataset)) {
      return SuspectLabels.none(
          dataset,
          "No list was made: " + dataset.size() + " images of " + dataset.classNames().size()
              + " classes have more features or probabilities than are kept in memory.");
    }
    return frozen
        ? SuspectLabels.ofFrozen(dataset, rows, seed, most)
        : SuspectLabels.ofTrained(dataset, rows, frequencies, seed, most);
  }
}
