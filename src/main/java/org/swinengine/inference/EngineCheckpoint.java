package org.swinengine.inference;

import org.swinengine.models.ModelConfigFile;
import org.swinengine.models.ModelRecognition;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.RecognitionHints;
import org.swinengine.train.CheckpointFile;
import org.swinengine.weights.NamedWeights;
import org.swinengine.weights.StateDict;

/** Checkpoints of this engine that no training wrote. */
public final class EngineCheckpoint {
  private EngineCheckpoint() {}

  /** A file's weights: without the optimizer's state, if it is one of this engine's training checkpoints. */
  public static StateDict weights(StateDict dict) {
    return CheckpointFile.weights(dict);
  }

  /**
   * Weights with what the engine's own checkpoints say of their model and preprocessing, as far as the source says it or
   * shows it; without it where the model cannot be recognised.
   *
   * @param weights under the engine's names
   * @param hub what lies beside the source
   * @param source the file that they came from
   * @param named the same, recognised
   */
  public static StateDict withModel(
      StateDict weights, StateDict source, NamedWeights named, RecognitionHints hints, HubConfig hub) {
    if (weights.metadata().containsKey(CheckpointFile.MODEL)) {
      return weights;
    }
    ModelRecognition found = ModelRecognition.of(source, named, hints.orElse(hub.hints()));
    if (found.spec().isEmpty()) {
      return weights;
    }
    StateDict.Builder builder = StateDict.builder().metadata(weights.metadata());
    builder.metadata("format", "swin-engine");
    builder.metadata(CheckpointFile.MODEL, ModelConfigFile.write(found.spec().get()));
    ModelSpec spec = found.spec().get();
    builder.metadata(
        CheckpointFile.PREPROCESSING, Preprocessing.of(spec, hub.input().orElseGet(found::input)).toJson());
    hub.classNames()
        .filter(names -> names.size() == spec.classes())
        .ifPresent(names -> builder.metadata(CheckpointFile.CLASS_NAMES, CheckpointFile.classNamesJson(names)));
    weights.arrays().forEach(builder::put);
    return builder.build();
  }
}
