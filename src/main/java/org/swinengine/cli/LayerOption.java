package org.swinengine.cli;

import org.swinengine.inference.FeatureLayer;
import org.swinengine.inference.LoadedModel;
import picocli.CommandLine.Option;

/** Which of a model's numbers are a picture's features. */
final class LayerOption {
  @Option(
      names = "--layer",
      paramLabel = "NAME",
      defaultValue = "head",
      description = "head: what the model's head reads; mean: the mean of the picture's tokens after the"
          + " final norm; class: the class token after it; stage1, stage2 … (or layers.0, blocks.11): a"
          + " stage's map as it is. Default: ${DEFAULT-VALUE}.")
  private String layer;

  FeatureLayer of(LoadedModel model) {
    return FeatureLayer.of(layer, model.model());
  }
}
