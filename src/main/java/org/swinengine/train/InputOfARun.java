package org.swinengine.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.swinengine.data.DataSplits;
import org.swinengine.data.Normalize;
import org.swinengine.inference.EngineCheckpoint;
import org.swinengine.inference.Preprocessing;
import org.swinengine.inference.TrainedData;
import org.swinengine.inference.WeightSource;
import org.swinengine.models.ModelSpec;
import org.swinengine.train.folder.RunFolder;
import org.swinengine.weights.Safetensors;

/** How pictures become the input of the model of a run. */
final class InputOfARun {
  private static final int MEASURED_IMAGES = 1000;

  private InputOfARun() {}

  /** What the configuration says, and where it is silent the first weights, the checkpoint or the data. */
  static Preprocessing preprocessing(TrainConfig config, DataSplits splits) throws IOException {
    ModelSpec spec = config.model().withClasses(splits.classNames().size());
    // A resumed run has its own weights.
    WeightSource first = config.resume() ? null : config.fineTuning().weights();
    Preprocessing usual = usual(config, spec, splits, first);
    Normalize normalize =
        config.pictures().normalizeEach()
            ? Normalize.ofEach(spec.channels())
            : config.statistics().applyTo(usual.normalize());
    return usual.withNormalize(normalize)
        .withSampleRange(splits.train().sampleRange())
        .withExifOrientation(config.pictures().exifOrientation())
        .withNeighbourSlices(config.segmentation().neighbourSlices());
  }

  private static Preprocessing usual(
      TrainConfig config, ModelSpec spec, DataSplits splits, @Nullable WeightSource first)
      throws IOException {
    Preprocessing usual = Preprocessing.of(spec, config.cropRatio());
    if (first != null) {
      return usual.withNormalize(first.preprocessing(spec).normalize());
    }
    Path last = config.output().resolve(config.tag()).resolve(RunFolder.LAST);
    if (config.resume() && Files.exists(last) && isKept(config, last)) {
      return EngineCheckpoint.preprocessing(last);
    }
    if (spec.channels() != 1 || config.pictures().normalizeEach()) {
      return usual;
    }
    Normalize own = splits.train().normalize().filter(known -> known.mean().length == 1).orElse(null);
    return usual.withNormalize(own != null ? own : Normalize.measure(splits.train(), 1, MEASURED_IMAGES));
  }

  /**
   * Whether a run that goes on takes its checkpoint's preprocessing: the first weights, which said it, may be
   * gone, the images whose mean it was may have been changed on purpose, and others are noticed by their
   * fingerprint.
   */
  private static boolean isKept(TrainConfig config, Path last) {
    return config.fineTuning().weights() != null
        || config.keeping().acceptChangedData()
        || Safetensors.read(last).metadata().containsKey(TrainedData.KEY);
  }
}
