package org.swinengine.cli;

import java.nio.file.Path;
import org.swinengine.models.ModelConfigFile;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.Models;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** Which model a command is about. */
final class ModelOptions {
  @ArgGroup private Choice choice;

  private static final class Choice {
    @Option(
        names = "--model",
        paramLabel = "NAME",
        description = "A named model; `swin-engine models` lists them.")
    private String name;

    @Option(
        names = "--cfg",
        paramLabel = "FILE",
        description = "A model configuration, as in the original Swin repository (YAML).")
    private Path file;
  }

  /** Whether a model was named at all. */
  boolean isGiven() {
    return choice != null;
  }

  /** The model that was named, or else the given one. */
  ModelSpec specOr(String name) {
    if (choice == null) {
      return Models.spec(name);
    }
    return choice.name != null ? Models.spec(choice.name) : ModelConfigFile.read(choice.file);
  }
}
