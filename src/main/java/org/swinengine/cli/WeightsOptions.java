package org.swinengine.cli;

import java.nio.file.Path;
import org.swinengine.backend.Backend;
import org.swinengine.models.Models;
import org.swinengine.train.LoadedModel;
import org.swinengine.train.OpenOptions;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which trained model a command uses. */
final class WeightsOptions {
  @Option(
      names = "--weights",
      required = true,
      paramLabel = "FILE",
      description = "Weights: a checkpoint of this engine, or a PyTorch .pth, .safetensors or .npz file of a model"
          + " that is recognised from its names and shapes, or named with --model or --cfg.")
  private Path weights;

  @Mixin private ModelOptions model;
  @Mixin private NamesOptions names;

  /** Loads the model. */
  LoadedModel open(Backend backend) {
    return LoadedModel.open(weights, options(), backend);
  }

  /** Loads the model for pictures that are prepared as the options say. */
  LoadedModel open(PreprocessingOptions input, Backend backend) {
    return LoadedModel.open(weights, options().withInput(input::apply, input::apply), backend);
  }

  private OpenOptions options() {
    OpenOptions options = names.options();
    return model.isGiven() ? options.withSpec(model.specOr(Models.DEFAULT)) : options;
  }

  Path file() {
    return weights;
  }
}
