package org.swinengine.train.tuning;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;
import org.swinengine.backend.Backend;
import org.swinengine.data.LoaderOptions;
import org.swinengine.inference.ModelInput;
import org.swinengine.models.ClassificationModel;

/** Where a run's features come from: computed for it alone, or shared with others. */
public interface FeatureSource {
  /** Computed for the run alone. */
  FeatureSource OWN = (request, images, isTraining) -> request.compute(images, isTraining, request.done());

  /**
   * How features are computed.
   *
   * @param options batch size and workers
   * @param overflow a file to make where they are too many for the memory
   * @param done is told how many images are done
   * @param cancelled asked before each batch; true ends it with a {@link
   *     java.util.concurrent.CancellationException}
   */
  record Request(
      ClassificationModel model, Backend backend, LoaderOptions options, Path overflow, IntConsumer done,
      BooleanSupplier cancelled) {
    FeatureStore compute(ModelInput.Images images, boolean ofSteps, IntConsumer told)
        throws IOException {
      return FeatureStore.compute(
          model, backend, images, ofSteps, options, CacheFeatures.memoryBound(), overflow, told, cancelled);
    }
  }

  /**
   * The features of a part's images; the caller closes them.
   *
   * @param images the part, without anything random
   * @param isTraining whether it is the training part
   * @throws IOException if they cannot be computed or kept
   */
  FeatureStore features(Request request, ModelInput.Images images, boolean isTraining) throws IOException;
}
