package org.swinengine.inference;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.swinengine.metrics.MultiLabel;
import org.swinengine.models.ModelConfigFile;
import org.swinengine.models.ModelSpec;
import org.swinengine.weights.Safetensors;
import org.swinengine.weights.StateDict;

/** What the checkpoint files of this engine say in their metadata, read and written. */
public final class EngineCheckpoint {
  /** The model, as its configuration file says it. */
  public static final String MODEL = "model";

  /** Names of the classes, a JSON array. */
  public static final String CLASS_NAMES = "class_names";

  /** {@link Preprocessing#toJson}. */
  public static final String PREPROCESSING = "preprocessing";

  /** What the model has learnt, where that is not the one class of each image: {@link #MULTI_LABEL}. */
  public static final String TASK = "task";

  /** {@link #TASK} of a model that says yes or no to each class. */
  public static final String MULTI_LABEL = "multi-label";

  /** Whether pixels may have several classes, each of which is a yes or no: {@code true}. */
  public static final String OVERLAPPING = "overlapping_labels";

  /** Above which probability each class is said, a JSON array. */
  public static final String THRESHOLDS = "thresholds";

  /** What of {@link #MODEL} is a guess, see {@link AssumedSettings}. */
  public static final String ASSUMED = "assumed";

  /** What the names of a training checkpoint's arrays begin with that are the optimizer's. */
  public static final String OPTIMIZER = "optimizer.";

  private static final ObjectMapper JSON = new ObjectMapper();

  private EngineCheckpoint() {}

  /** Names of classes as metadata. */
  public static String classNamesJson(List<String> names) {
    return JSON.valueToTree(names).toString();
  }

  static List<String> classNames(String json, String source) {
    try {
      return List.of(JSON.readValue(json, String[].class));
    } catch (JsonProcessingException e) {
      throw new CheckpointException(
          source + ": its class names cannot be read (" + e.getOriginalMessage()
              + "); the file is damaged or was not written by this engine");
    }
  }

  /** Thresholds as metadata. */
  public static String thresholdsJson(double[] thresholds) {
    return JSON.valueToTree(thresholds).toString();
  }

  /**
   * The thresholds of a model that says yes or no to each class.
   *
   * @param json null: 0.5 for each
   * @param classes of the model
   */
  static double[] thresholds(@Nullable String json, int classes, String source) {
    if (json == null) {
      return MultiLabel.usualThresholds(classes);
    }
    double[] thresholds;
    try {
      thresholds = JSON.readValue(json, double[].class);
    } catch (JsonProcessingException e) {
      throw new CheckpointException(
          source + ": its thresholds cannot be read (" + e.getOriginalMessage() + "); the file is damaged");
    }
    if (thresholds.length != classes || !Arrays.stream(thresholds).allMatch(t -> t >= 0 && t <= 1)) {
      throw new CheckpointException(
          source + " has the thresholds " + json + ", but must have one from 0 to 1 for each of its "
              + classes + " classes; the file is damaged");
    }
    return thresholds;
  }

  /** How the images of a run's checkpoint are prepared. */
  public static Preprocessing preprocessing(Path file) {
    String json = Safetensors.read(file).metadata().get(PREPROCESSING);
    if (json == null) {
      throw new CheckpointException(
          file + " does not say how its images are prepared; it is no checkpoint of a run");
    }
    return Preprocessing.fromJson(json, file.toString());
  }

  /** The same with a calibration in the place of its own; null: without one. */
  public static StateDict calibrated(StateDict dict, @Nullable StoredCalibration calibration) {
    Map<String, String> said = new LinkedHashMap<>(dict.metadata());
    if (calibration == null) {
      said.remove(StoredCalibration.KEY);
    } else {
      said.put(StoredCalibration.KEY, calibration.toJson());
    }
    StateDict.Builder builder = StateDict.builder().metadata(said);
    dict.arrays().forEach(builder::put);
    return builder.build();
  }

  /**
   * Puts a calibration into a checkpoint, or takes it out of it. The weights stay as they are; the file is
   * replaced when the new one is complete and on the disk, and not at all where it says the same already.
   *
   * @return whether it was replaced
   * @throws org.swinengine.weights.WeightFileException if it cannot be read or written
   */
  public static boolean calibrate(Path file, @Nullable StoredCalibration calibration) {
    StateDict before = Safetensors.read(file);
    StateDict after = calibrated(before, calibration);
    if (after.metadata().equals(before.metadata())) {
      return false;
    }
    Safetensors.writeChecked(file, after);
    return true;
  }

  /**
   * Puts a text into a checkpoint's metadata. The weights stay as they are; the file is replaced when the new
   * one is complete and on the disk, and not at all where it says the same already.
   *
   * @return whether it was replaced
   * @throws org.swinengine.weights.WeightFileException if it cannot be read or written
   */
  public static boolean say(Path file, String key, String value) {
    StateDict before = Safetensors.read(file);
    if (value.equals(before.metadata().get(key))) {
      return false;
    }
    StateDict.Builder builder = StateDict.builder().metadata(before.metadata());
    builder.metadata(key, value);
    before.arrays().forEach(builder::put);
    Safetensors.writeChecked(file, builder.build());
    return true;
  }

  /** A file's weights: without the optimizer's state, if it is one of this engine's training checkpoints. */
  public static StateDict weights(StateDict dict) {
    StateDict.Builder weights = StateDict.builder().metadata(dict.metadata());
    dict.arrays()
        .forEach(
            (name, array) -> {
              if (!name.startsWith(OPTIMIZER)) {
                weights.put(name, array);
              }
            });
    return weights.build();
  }

  /**
   * Weights with what the engine's own checkpoints say.
   *
   * @param weights under the engine's names
   * @param classNames null: not known
   * @param assumed null: the model is as it is said
   */
  static StateDict describe(
      StateDict weights,
      ModelSpec spec,
      Preprocessing preprocessing,
      @Nullable List<String> classNames,
      @Nullable AssumedSettings assumed) {
    Map<String, String> said = new LinkedHashMap<>(weights.metadata());
    said.remove(ASSUMED);
    StateDict.Builder builder = StateDict.builder().metadata(said);
    builder.metadata("format", "swin-engine");
    builder.metadata(MODEL, ModelConfigFile.write(spec));
    builder.metadata(PREPROCESSING, preprocessing.toJson());
    if (classNames != null) {
      builder.metadata(CLASS_NAMES, classNamesJson(classNames));
    }
    if (assumed != null) {
      builder.metadata(ASSUMED, assumed.toJson());
    }
    weights.arrays().forEach(builder::put);
    return builder.build();
  }
}
