package org.swinengine.fit;

import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.swinengine.inference.CheckpointException;
import org.swinengine.inference.EngineCheckpoint;
import org.swinengine.models.ModuleWeights;
import org.swinengine.optim.Optimizer;
import org.swinengine.optim.WeightAverage;
import org.swinengine.weights.Safetensors;
import org.swinengine.weights.StateDict;

/**
 * One safetensors file: a net's weights under their state-dict names, {@link OptimizerState}, and as
 * metadata where training stands. There is no time and no path in it, so equal training writes equal bytes.
 */
final class FitCheckpoint {
  private static final String PROGRESS = "fit";

  private FitCheckpoint() {}

  /** What another call must share to go on with the same numbers. */
  private static String settings(Fit fit, int batchesPerEpoch) {
    return "seed " + fit.seed + ", " + batchesPerEpoch + " batches an epoch, " + fit.accumulationSteps
        + " a step";
  }

  static void write(
      Path file,
      Fit fit,
      int batchesPerEpoch,
      Optimizer optimizer,
      @Nullable WeightAverage average,
      FitProgress progress) {
    StateDict.Builder dict = StateDict.builder();
    dict.metadata("format", "swin-engine");
    dict.metadata(
        PROGRESS,
        progress.epoch() + " " + progress.bestEpoch() + " "
            + Long.toHexString(Double.doubleToLongBits(progress.bestLoss())) + " " + optimizer.steps());
    dict.metadata("settings", settings(fit, batchesPerEpoch));
    ModuleWeights.of(fit.module).arrays().forEach(dict::put);
    OptimizerState.put(dict, optimizer);
    if (average != null) {
      OptimizerState.put(dict, average);
    }
    Safetensors.writeChecked(file, dict.build());
  }

  /**
   * Puts weights, state and counters in place.
   *
   * @throws CheckpointException if the file is of other training; nothing is changed then
   */
  static FitProgress restore(
      Path path, Fit fit, int batchesPerEpoch, Optimizer optimizer, @Nullable WeightAverage average) {
    String file = path.toString();
    StateDict dict = Safetensors.read(path);
    Map<String, String> metadata = dict.metadata();
    String text = metadata.getOrDefault(PROGRESS, "");
    if (!text.matches("\\d{1,9} \\d{1,9} [0-9a-f]{1,16} \\d{1,18}")) {
      throw new CheckpointException(file + " is not a checkpoint to resume from: Fit did not write it");
    }
    String settings = settings(fit, batchesPerEpoch);
    if (!settings.equals(metadata.get("settings"))) {
      throw new CheckpointException(
          "cannot resume from " + file + ": it was trained with " + metadata.get("settings")
              + ", but this is "
              + settings + "; leave settings and data as they were, or give `checkpoint` another file");
    }
    OptimizerState.require(dict, optimizer, file);
    if (average != null) {
      OptimizerState.require(dict, average, file);
    }
    ModuleWeights.load(fit.module, EngineCheckpoint.weights(dict), file);
    String[] words = text.split(" ");
    OptimizerState.restore(dict, optimizer, Long.parseLong(words[3]));
    if (average != null) {
      OptimizerState.restore(dict, average);
    }
    double bestLoss = Double.longBitsToDouble(Long.parseUnsignedLong(words[2], 16));
    return new FitProgress(Integer.parseInt(words[0]), Integer.parseInt(words[1]), bestLoss);
  }
}
