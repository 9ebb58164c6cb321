package org.swinengine.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.swinengine.models.ModelSpec;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What a model learns from, and what it gets to see. */
final class TrainData {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--data-path",
      paramLabel = "DIR",
      description = "A folder per class (train/ and val/ or test/, or one folder that is divided), IDX,"
          + " CIFAR binary, or a MedMNIST .npz. Default: the built-in 28,000 images of Fashion-MNIST.")
  private @Nullable Path path;

  @Option(
      names = "--image-size",
      paramLabel = "H[xW]",
      converter = ImageSize.Converter.class,
      description = "Image size; all images are resized to it. Default: the model's.")
  private @Nullable ImageSize imageSize;

  @Option(
      names = "--channels",
      paramLabel = "1|3",
      converter = ImageSize.Channels.class,
      description = "Grey or colour. Default: what the model takes.")
  private @Nullable Integer channels;

  @Option(
      names = "--drop-path",
      paramLabel = "P",
      description = "Stochastic depth's rate at the last block. Default: the model's.")
  private @Nullable Double dropPath;

  @Mixin
  private DataArgument argument;
  @Mixin
  private ListOptions lists;
  @Mixin
  private FoldsOptions folds;

  /** The data; null: the built-in ones. */
  @Nullable
  Path path() {
    return argument.or(path);
  }

  /** Data that stand without an option; null: none. */
  @Nullable
  Path named() {
    return argument.named();
  }

  /** The image size that was asked for; null: the model's. */
  @Nullable
  ImageSize imageSize() {
    return imageSize;
  }

  /** A model with the image size, channels and stochastic depth that were asked for. */
  ModelSpec changed(ModelSpec spec) {
    if (imageSize == null && channels == null && dropPath == null) {
      return spec;
    }
    return Usage.model(
        command,
        () -> {
          ModelSpec changed = ImageSize.shape(imageSize, channels).applyTo(spec);
          return dropPath == null ? changed : changed.withDropPath(dropPath);
        });
  }

  /** How lists are read. */
  ListOptions lists() {
    return lists;
  }

  /** Whether there are folds, and their data. */
  FoldsOptions folds() {
    return folds;
  }
}
