package org.swinengine.cli;

import java.nio.file.Path;
import org.swinengine.backend.Backend;
import org.swinengine.models.Models;
import org.swinengine.train.LoadedModel;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which trained model a command uses. */
final class WeightsOptions {
  @Option(
      names = "--weights",
      required = true,
      paramLabel = "FILE",
      description = "Weights: a checkpoint of this engine, which names its model itself, or with --model or"
          + " --cfg a PyTorch .pth, .safetensors or .npz file.")
  private Path weights;

  @Mixin private ModelOptions model;

  /** Loads the model. */
  LoadedModel open(Backend backend) {
    return model.isGiven()
        ? LoadedModel.open(weights, model.specOr(Models.DEFAULT), backend)
        : LoadedModel.open(weights, backend);
  }

  Path file() {
    return weights;
  }
}
