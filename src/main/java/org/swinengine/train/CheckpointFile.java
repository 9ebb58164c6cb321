package org.swinengine.train;

import static org.swinengine.inference.EngineCheckpoint.CLASS_NAMES;
import static org.swinengine.inference.EngineCheckpoint.MODEL;
import static org.swinengine.inference.EngineCheckpoint.PREPROCESSING;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.swinengine.backend.Warnings;
import org.swinengine.fit.OptimizerState;
import org.swinengine.inference.CheckpointException;
import org.swinengine.inference.EngineCheckpoint;
import org.swinengine.inference.Preprocessing;
import org.swinengine.inference.TrainedData;
import org.swinengine.models.Model;
import org.swinengine.models.ModelConfigFile;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.ModelWeights;
import org.swinengine.models.ModuleWeights;
import org.swinengine.optim.Optimizer;
import org.swinengine.optim.WeightAverage;
import org.swinengine.report.EpochMetrics;
import org.swinengine.train.settings.SegmentationSettings;
import org.swinengine.train.settings.TaskKind;
import org.swinengine.weights.Safetensors;
import org.swinengine.weights.StateDict;

/**
 * The two checkpoints of a run. Both are one safetensors file with the weights under their state-dict names
 * and, as metadata, everything else that using them needs; the training checkpoint adds the optimizer's
 * moments ({@code optimizer.exp_avg.<name>}, {@code optimizer.exp_avg_sq.<name>}) and where the run stands.
 * There is no time and no path in them, so equal runs write equal bytes.
 */
final class CheckpointFile {
  private static final String CONFIG = "config";
  private static final String PROGRESS = "progress";

  /** The fingerprint of whom the run learns from. */
  static final String TEACHER = "teacher";

  /** {@link org.swinengine.backend.Backend#libraries}, where there are some. */
  static final String LIBRARIES = "libraries";

  private CheckpointFile() {}

  /** What both files say about the run. */
  static Map<String, String> metadata(
      TrainConfig config, ModelSpec spec, List<String> classNames, Preprocessing preprocessing) {
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put("format", "swin-engine");
    metadata.put("engine_version", engineVersion());
    metadata.put(MODEL, ModelConfigFile.write(spec));
    metadata.put(CLASS_NAMES, EngineCheckpoint.classNamesJson(classNames));
    metadata.put(PREPROCESSING, preprocessing.toJson());
    metadata.put(CONFIG, TrainConfigFile.trainSection(config));
    if (config.loss().task() != TaskKind.CLASSIFY) {
      metadata.put(EngineCheckpoint.TASK, config.loss().task().text());
    }
    if (config.segmentation().overlappingLabels() == SegmentationSettings.Overlapping.ON) {
      metadata.put(EngineCheckpoint.OVERLAPPING, "true");
    }
    return metadata;
  }

  private static String engineVersion() {
    String version = CheckpointFile.class.getPackage().getImplementationVersion();
    return version == null ? "unreleased" : version;
  }

  /**
   * Writes the weights and the metrics of the epoch that they come from.
   *
   * @param said what the task says of them
   */
  static void writeBest(
      Path file, Model model, Map<String, String> metadata, EpochMetrics metrics, Map<String, String> said) {
    StateDict.Builder dict = StateDict.builder().metadata(metadata);
    dict.metadata("epoch", Integer.toString(metrics.epoch()));
    dict.metadata("step", Long.toString(metrics.step()));
    dict.metadata("train_loss", Double.toString(metrics.trainLoss()));
    dict.metadata("val_loss", Double.toString(metrics.validationLoss()));
    said.forEach(dict::metadata);
    putWeights(dict, model);
    Safetensors.writeChecked(file, dict.build());
  }

  /** Writes everything that the run needs to go on. */
  static void writeLast(
      Path file,
      Model model,
      Optimizer optimizer,
      @Nullable WeightAverage average,
      Map<String, String> metadata,
      TrainingProgress progress) {
    StateDict.Builder dict = StateDict.builder().metadata(metadata);
    dict.metadata("epoch", Integer.toString(progress.epoch()));
    dict.metadata("step", Long.toString(optimizer.steps()));
    dict.metadata(PROGRESS, progress.toJson(optimizer.steps()));
    putWeights(dict, model);
    OptimizerState.put(dict, optimizer);
    if (average != null) {
      OptimizerState.put(dict, average);
    }
    Safetensors.writeChecked(file, dict.build());
  }

  static void putWeights(StateDict.Builder dict, Model model) {
    model.parameters()
        .forEach(parameter -> dict.put(parameter.path(), ModuleWeights.array(parameter.value())));
  }

  /**
   * Where a run stands that goes on.
   *
   * @param epochs that it was to have when the checkpoint was written
   */
  record Resumed(TrainingProgress progress, int epochs) {}

  /**
   * Puts a training checkpoint's weights, moments and counters in place.
   *
   * @param setup of the run; its configuration may have more epochs than the run was to have
   * @param metadata what this run would write
   * @throws CheckpointException if the file is of another run or damaged; nothing is changed then
   */
  static Resumed restoreLast(
      Path file, TrainingSetup setup, Map<String, String> metadata) {
    StateDict dict = Safetensors.read(file);
    int epochs = requireSameRun(file, setup.config(), dict.metadata(), metadata);
    TrainingProgress.Restored restored =
        TrainingProgress.fromJson(value(dict.metadata(), PROGRESS), file.toString());
    boolean unfrozen =
        setup.model().parameters().stream()
            .anyMatch(parameter -> !parameter.isTrainable() && OptimizerState.isLater(dict, parameter));
    if (unfrozen) {
      setup.unfreeze();
    }
    Optimizer optimizer = setup.optimizer();
    WeightAverage average = setup.average();
    OptimizerState.require(dict, optimizer, file.toString());
    if (average != null) {
      OptimizerState.require(dict, average, file.toString());
    }
    ModelWeights.load(setup.model(), EngineCheckpoint.weights(dict), file.toString());
    OptimizerState.restore(dict, optimizer, restored.optimizerSteps());
    if (average != null) {
      OptimizerState.restore(dict, average);
    }
    return new Resumed(restored.progress(), epochs);
  }

  /** A value that is there, since {@link #requireSameRun} has looked for all of them. */
  private static String value(Map<String, String> metadata, String key) {
    return Objects.requireNonNull(metadata.get(key), key);
  }

  /** Returns the epochs that the run was to have. */
  private static int requireSameRun(
      Path file, TrainConfig config, Map<String, String> found, Map<String, String> wanted) {
    for (String key : List.of(MODEL, CLASS_NAMES, PREPROCESSING, CONFIG, PROGRESS)) {
      if (!found.containsKey(key)) {
        throw new CheckpointException(
            file + " is not a checkpoint to resume from: it has no \"" + key
                + "\" in its metadata; resume needs the last.safetensors of a run");
      }
    }
    if (!value(found, CLASS_NAMES).equals(wanted.get(CLASS_NAMES))) {
      throw new CheckpointException(
          "cannot resume from " + file + ": it was trained on the classes " + found.get(CLASS_NAMES)
              + ", but the data have " + wanted.get(CLASS_NAMES));
    }
    int epochs = config.epochs();
    if (!value(found, MODEL).equals(wanted.get(MODEL)) || !value(found, CONFIG).equals(wanted.get(CONFIG))) {
      TrainConfig started =
          TrainConfigFile.parse(
              found.get(MODEL) + found.get(CONFIG) + TrainConfigFile.runSection(config), file.toString());
      ModelSpec now = ModelConfigFile.parse(value(wanted, MODEL), "this run");
      epochs = started.epochs();
      TrainConfig extended =
          epochs < config.epochs() ? started.toBuilder().epochs(config.epochs()).build() : started;
      String differences = TrainConfigFile.differences(extended, config.toBuilder().model(now).build());
      // The texts alone differ where an earlier version wrote the file, which did not have all of the keys.
      if (!differences.isEmpty()) {
        throw new CheckpointException(
            "cannot resume from " + file + ": the run was started with other settings: " + differences
                + "; leave these settings as they were, or start a new run without `resume`");
      }
    }
    if (!config.keeping().acceptChangedData()) {
      requireSameData(file, found, wanted);
    }
    String before = found.getOrDefault(LIBRARIES, "none");
    String now = wanted.getOrDefault(LIBRARIES, "none");
    if (!before.equals(now)) {
      Warnings.say(
          "the run's libraries were: " + before + "; now they are: " + now
              + ". It goes on, but its weights will have other last digits than without the interruption; "
              + (now.equals("none") ? "the command devices says what is missing"
                  : "`cublas` off goes without"));
    }
    String type = found.get(RunPrecision.KEY);
    if (type != null && !type.equals(wanted.get(RunPrecision.KEY))) {
      Warnings.say(
          "the run computed in " + type + " and computes in " + wanted.get(RunPrecision.KEY)
              + " now. It goes on, but its weights will be others than without the interruption; "
              + new RunPrecision(type).options() + " goes on as before");
    }
    if (!Objects.equals(found.get(TEACHER), wanted.get(TEACHER))) {
      throw new CheckpointException(
          "cannot resume from " + file
              + ": the `teacher`'s weights are not those that the run was started with;"
              + " name the same ones, wherever they are now");
    }
    if (!value(found, PREPROCESSING).equals(wanted.get(PREPROCESSING))) {
      throw new CheckpointException(
          "cannot resume from " + file + ": the data have changed; their preprocessing was "
              + found.get(PREPROCESSING) + " and would now be " + wanted.get(PREPROCESSING));
    }
    return epochs;
  }

  /** Runs of before there were fingerprints go on as they did then. */
  private static void requireSameData(Path file, Map<String, String> found, Map<String, String> wanted) {
    Optional<TrainedData> before =
        TrainedData.of(found, file.toString()).filter(TrainedData::hasFingerprints);
    Optional<TrainedData> now = TrainedData.of(wanted, file.toString()).filter(TrainedData::hasFingerprints);
    if (before.isPresent() && now.isPresent() && !before.get().isOf(now.get())) {
      throw new CheckpointException(
          "cannot resume from " + file + ": its data have changed: " + before.get().difference(now.get())
              + "; bring them back, or set `acceptChangedData` to go on with the data as they are now");
    }
  }
}
