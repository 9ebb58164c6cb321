package org.swinengine.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.swinengine.backend.Backend;
import org.swinengine.data.Interpolation;
import org.swinengine.data.Normalize;
import org.swinengine.inference.ClassNames;
import org.swinengine.inference.LoadedModel;
import org.swinengine.inference.OpenOptions;
import org.swinengine.inference.Preprocessing;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.Models;
import org.swinengine.pretrained.PublishedCheckpoint;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Which trained model a command uses. */
final class WeightsOptions {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--weights",
      paramLabel = "FILE",
      description = "Weights: a checkpoint of this engine, or a PyTorch .pth, .safetensors or .npz file of a model"
          + " that is recognised from its names and shapes, or named with --model or --cfg.")
  private Path weights;

  @Mixin private PretrainedSource pretrained;
  @Mixin private ModelOptions model;
  @Mixin private NamesOptions names;

  /** Loads the model: the one that was named, else the one that the weights are known to belong to. */
  LoadedModel open(Backend backend) {
    return open(options(), spec -> spec, usual -> usual, backend);
  }

  /**
   * The same for pictures that are prepared as the options say. What did not simply fit is said on the error stream.
   */
  LoadedModel open(PreprocessingOptions input, Backend backend) {
    List<String> given = input.classNames();
    OpenOptions options = given == null ? options() : options().withClassNames(given);
    LoadedModel loaded = open(options, input::apply, input::apply, backend);
    if (!loaded.report().isPlain()) {
      command.commandLine().getErr().println("weights   " + loaded.report());
    }
    if (loaded.classNamesSource() == ClassNames.Source.IMAGENET && known().isEmpty()) {
      command.commandLine().getErr().println(
          "classes   1000, so they are taken for ImageNet-1k's; --class-names FILE gives them other names");
    }
    return loaded;
  }

  private LoadedModel open(
      OpenOptions options, UnaryOperator<ModelSpec> adapt, UnaryOperator<Preprocessing> prepare, Backend backend) {
    Path file = file();
    Optional<PublishedCheckpoint> known = known();
    UnaryOperator<Preprocessing> all = usual -> prepare.apply(known.map(c -> asPublished(usual, c)).orElse(usual));
    return LoadedModel.open(file, options.withInput(adapt, all), backend);
  }

  private Optional<PublishedCheckpoint> known() {
    return pretrained.isGiven() ? pretrained.resolve().checkpoint() : Optional.empty();
  }

  /** As the publisher evaluates it, which the names in the file alone do not tell. */
  static Preprocessing asPublished(Preprocessing usual, PublishedCheckpoint checkpoint) {
    Preprocessing own =
        usual
            .withCropRatio(checkpoint.cropRatio())
            .withInterpolation(Interpolation.valueOf(checkpoint.interpolation().toUpperCase(Locale.ROOT)));
    // A model for grey pictures has had its statistics averaged already.
    return usual.channels() == 3
        ? own.withNormalize(new Normalize(checkpoint.mean(), checkpoint.deviation()))
        : own;
  }

  private OpenOptions options() {
    Optional<ModelSpec> spec = model.isGiven() ? Optional.of(model.specOr(Models.DEFAULT)) : published();
    return spec.map(names.options()::withSpec).orElse(names.options());
  }

  private Optional<ModelSpec> published() {
    return known()
        .map(checkpoint -> Models.spec(checkpoint.model()).withClasses(checkpoint.classes()));
  }

  /**
   * The file, downloaded if it is a published one that is not there yet.
   *
   * @throws ParameterException unless weights were named one way
   */
  Path file() {
    if ((weights == null) != pretrained.isGiven()) {
      throw new ParameterException(
          command.commandLine(),
          weights == null
              ? "give --weights with a file, or --pretrained with the name of published weights"
              : "give --weights or --pretrained, one of them");
    }
    return weights != null ? weights : pretrained.resolve().file();
  }
}
