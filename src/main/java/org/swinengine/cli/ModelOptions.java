package org.swinengine.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.swinengine.models.ModelConfigException;
import org.swinengine.models.ModelConfigFile;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.Models;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Which model a command is about. */
final class ModelOptions {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--model",
      paramLabel = "NAME",
      description = "A named model; `swin-engine models` lists them.")
  private String name;

  @Option(
      names = "--cfg",
      paramLabel = "FILE",
      description = "Instead of --model: a model configuration, as in the original Swin repository (YAML).")
  private Path file;

  @Option(
      names = "--opts",
      arity = "1..*",
      paramLabel = "KEY VALUE",
      description = "Values of the configuration instead of its own, as in the original Swin repository:"
          + " --opts MODEL.SWIN.WINDOW_SIZE 8 DATA.IMG_SIZE 256. Another option ends the"
          + " list, and so does --, after which there are no more options.")
  private List<String> options = List.of();

  @Option(
      names = "--skips",
      paramLabel = "N|LIST",
      description = "Skip connections of a Swin-Unet: how many from the deepest scale up, or a list such as"
          + " 1/8,1/16. Default: all.")
  private String skips;

  /** Whether a model was named at all. */
  boolean isGiven() {
    if (name == null && file == null && !options.isEmpty()) {
      throw new ParameterException(
          command.commandLine(), "--opts changes the model of --model or --cfg; give one of them");
    }
    return name != null || file != null;
  }

  /**
   * What the configuration says about training.
   *
   * @throws IOException if its file cannot be read
   */
  OriginalTraining training() throws IOException {
    return OriginalTraining.of(file, options);
  }

  /** The model that was named, or else the given one. */
  ModelSpec specOr(String usual) {
    return specOr(usual, options);
  }

  /** A model that --opts changed must be one that can be made. */
  ModelSpec checked(ModelSpec spec) {
    return options.isEmpty() ? spec : Usage.model(command, () -> spec);
  }

  /** The same where {@link #training} takes its part of the configuration. */
  ModelSpec specToTrainOr(String usual) {
    return specOr(usual, OriginalTraining.others(options));
  }

  private ModelSpec specOr(String usual, List<String> options) {
    ModelSpec spec = spec(name == null && file == null ? usual : name, file, options, command);
    return skips == null ? spec : Usage.of(command, () -> ModelConfigFile.withSkips(spec, skips));
  }

  /**
   * The model of a name or of a file.
   *
   * @param options keys with values that override its own
   * @param command for the error if it is both or neither
   */
  static ModelSpec spec(String name, Path file, List<String> options, CommandSpec command) {
    if ((name == null) == (file == null)) {
      throw new ParameterException(
          command.commandLine(), "give the name of a model or --cfg with a file, one of them");
    }
    if (name != null) {
      return Usage.of(command, () -> ModelConfigFile.withOptions(Models.spec(name), options));
    }
    try {
      return ModelConfigFile.read(file, options);
    } catch (ModelConfigException e) {
      if (!options.isEmpty()) {
        // If the file is wrong by itself, this says so; otherwise its options are.
        ModelConfigFile.read(file, List.of());
        throw Usage.wrong(command, e);
      }
      throw e;
    }
  }
}
