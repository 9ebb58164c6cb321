package org.swinengine.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.swinengine.backend.Backend;
import org.swinengine.inference.ClassNames;
import org.swinengine.inference.Ensemble;
import org.swinengine.inference.FoldsFolder;
import org.swinengine.inference.LoadedModel;
import org.swinengine.inference.OpenOptions;
import org.swinengine.inference.WeightSource;
import org.swinengine.models.ImageShape;
import org.swinengine.models.Models;
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
      description = "Weights: a checkpoint of this engine, or a PyTorch .pth, .safetensors or .npz file of a"
          + " model that is recognised from its names and shapes, or named with --model or --cfg. predict and"
          + " eval also take the folder of a cross-validation, or FILE,FILE,...: the mean of the models'"
          + " probabilities.")
  private Path weights;

  @Mixin
  private PretrainedSource pretrained;
  @Mixin
  private ModelOptions model;
  @Mixin
  private NamesOptions names;

  /**
   * Loads the model: the one that was named, else the one that the weights are known to belong to.
   *
   * @param images that it is to take
   */
  LoadedModel open(ImageShape images, Backend backend) {
    WeightSource source = source();
    OpenOptions options = source.options().withImages(images);
    return LoadedModel.open(source.with(options), backend);
  }

  /**
   * The same for pictures that are prepared as the options say. What did not simply fit is said on the error
   * stream.
   */
  LoadedModel open(PreprocessingOptions input, Backend backend) {
    return open(source(), input, backend, true);
  }

  /** All models that are named, which are asked together; pictures are prepared as the options say. */
  Ensemble openAll(PreprocessingOptions input, Backend backend) {
    List<Path> files = files();
    if (files.size() == 1) {
      return Ensemble.of(List.of(open(input, backend)));
    }
    List<LoadedModel> models = new ArrayList<>();
    for (Path file : files) {
      models.add(open(of(WeightSource.of(file)), input, backend, models.isEmpty()));
    }
    Ensemble all = Ensemble.of(models);
    return weights != null && FoldsFolder.isOne(weights) ? all.asFolds(FoldsFolder.read(weights)) : all;
  }

  /** The files of {@code --weights}; one, wherever it is, unless it is folds or a list. */
  private List<Path> files() {
    Path named = file();
    if (weights == null) {
      return List.of(named);
    }
    if (Files.exists(weights) || !weights.toString().contains(",")) {
      return Ensemble.files(weights);
    }
    List<Path> all = new ArrayList<>();
    for (String one : weights.toString().split(",")) {
      all.addAll(Ensemble.files(Path.of(one.strip())));
    }
    return all;
  }

  private LoadedModel open(
      WeightSource source, PreprocessingOptions input, Backend backend, boolean saysClasses) {
    LoadedModel loaded = open(source, input, backend);
    if (saysClasses && loaded.classNamesSource() == ClassNames.Source.IMAGENET
        && source.published().isEmpty()) {
      command.commandLine().getErr().println(
          "classes   1000, so they are taken for ImageNet-1k's; --class-names FILE gives them other names");
    }
    return loaded;
  }

  /** The same where nobody asks for classes. */
  LoadedModel openForFeatures(PreprocessingOptions input, Backend backend) {
    return open(source(), input, backend);
  }

  private LoadedModel open(WeightSource source, PreprocessingOptions input, Backend backend) {
    List<String> given = input.classNames();
    OpenOptions options = source.options().withImages(input.images()).withPreparation(input::apply);
    LoadedModel loaded =
        LoadedModel.open(source.with(given == null ? options : options.withClassNames(given)), backend);
    if (!loaded.report().isPlain()) {
      command.commandLine().getErr()
          .println("weights   " + SettingNames.inOptions(loaded.report().toString(), command));
    }
    return loaded;
  }

  /** Whether weights were named. */
  boolean isGiven() {
    return weights != null || pretrained.isGiven();
  }

  /** The weights, with what is said about them. */
  WeightSource source() {
    if (weights == null && pretrained.isGiven()) {
      return of(pretrained.open());
    }
    List<Path> files = files();
    if (files.size() > 1) {
      throw new ParameterException(
          command.commandLine(),
          "--weights " + weights + " are " + files.size() + " models, but this command takes one; give one of"
              + " them, such as " + files.get(0));
    }
    return of(WeightSource.of(file()));
  }

  private WeightSource of(WeightSource source) {
    OpenOptions options = names.options();
    return source.with(model.isGiven() ? options.withSpec(model.specOr(Models.DEFAULT)) : options);
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
    return weights != null ? weights : pretrained.open().file();
  }
}
