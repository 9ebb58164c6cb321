package org.swinengine.train.tuning;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.swinengine.data.Dataset;
import org.swinengine.inference.ModelInput;

/**
 * Features of a data set that several runs learn from parts of: computed once, when the first run needs them.
 * They are the same bits that each run would compute, so long as all runs have the same frozen backbone, and
 * they know nothing of labels or folds. Images that a run prepares in another way, because it has measured
 * the mean of its own, are computed for that run alone.
 */
public final class SharedFeatures implements AutoCloseable {
  private final Dataset whole;
  private final Path folder;

  /** By whether they are of images as training prepares them. */
  private final Map<Boolean, Kept> kept = new HashMap<>();

  private record Kept(FeatureStore store, ModelInput.Images images) {}

  /**
   * @param whole the data set
   * @param folder for features that are too many for the memory
   */
  public SharedFeatures(Dataset whole, Path folder) {
    this.whole = whole;
    this.folder = folder;
  }

  /**
   * What a run gets.
   *
   * @param training indices in the whole of what it learns from
   * @param validation and of what it is measured on
   */
  public FeatureSource of(int[] training, int[] validation) {
    return (request, images, isTraining) -> {
      Kept found = kept.get(isTraining);
      if (found == null) {
        found = compute(request, images, isTraining);
        kept.put(isTraining, found);
      }
      if (!found.images().pipeline().normalize().equals(images.pipeline().normalize())) {
        return FeatureSource.OWN.features(request, images, isTraining);
      }
      request.done().accept(images.dataset().size());
      return found.store().rows(images.dataset(), isTraining ? training : validation);
    };
  }

  private Kept compute(FeatureSource.Request request, ModelInput.Images images, boolean isTraining)
      throws IOException {
    ModelInput.Images all = new ModelInput.Images(whole, images.pipeline());
    double share = (double) images.dataset().size() / whole.size();
    Path overflow = folder.resolve(isTraining ? ".features-train.tmp" : ".features-val.tmp");
    FeatureSource.Request ofAll =
        new FeatureSource.Request(
            request.model(), request.backend(), request.options(), overflow, request.done(),
            request.cancelled());
    return new Kept(
        ofAll.compute(
            all,
            isTraining,
            // The last number is told when the run has its part.
            done -> request.done().accept(
                (int) Math.min(done * share, images.dataset().size() - 1.0))),
        all);
  }

  @Override
  public void close() {
    kept.values().forEach(one -> one.store().close());
    kept.clear();
  }
}
