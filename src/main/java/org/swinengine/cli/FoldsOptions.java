package org.swinengine.cli;

import java.io.IOException;
import java.nio.file.Path;
import org.swinengine.data.DataSplits;
import org.swinengine.data.FoldedData;
import org.swinengine.inference.FoldsFolder;
import org.swinengine.train.TrainConfig;
import org.swinengine.train.Trainer;
import org.swinengine.train.folds.CrossValidation;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Whether a run is a cross-validation. What looks at data before it begins looks at its first fold's. */
final class FoldsOptions {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--folds",
      paramLabel = "K",
      description = "Cross-validation: divide the training images into K parts (2 to 20; by class, and no"
          + " group is divided) and train K models, each measured on the part that it has not learnt from."
          + " A validation or test part of the data is left alone until the end. Default: one model.")
  private Integer count;

  private FoldedData data;

  /**
   * Opens the data of a run, or of the first fold of a cross-validation.
   *
   * @throws IllegalArgumentException if the number of folds is out of range, or does not go with an option
   */
  DataSplits open(TrainConfig config) throws IOException {
    if (!isOn(config)) {
      return Trainer.open(config);
    }
    return data(config).folds().get(0);
  }

  /** A plan with its data, if it is one of folds. */
  TrainOptions.Planned opened(TrainOptions.Planned planned) throws IOException {
    return isOn(planned.config())
        ? new TrainOptions.Planned(
            planned.config(), open(planned.config()), planned.reasons(), planned.rates())
        : planned;
  }

  /** The data of all folds. */
  FoldedData data(TrainConfig config) throws IOException {
    if (data == null) {
      int folds = config.resume() && count == null ? FoldsFolder.read(folder(config)).count() : count;
      data = Trainer.open(config, folds);
    }
    return data;
  }

  /**
   * Whether a run is one of folds: it is asked for, or the run that goes on is one.
   *
   * @throws IllegalArgumentException as {@link #open}
   */
  boolean isOn(TrainConfig config) {
    if (count != null) {
      CrossValidation.requireFitting(count);
      if (command.commandLine().getParseResult().hasMatchedOption("--val-fraction")) {
        throw new IllegalArgumentException(
            "--val-fraction sets one part aside, and --folds measures every image once; give one of them");
      }
    }
    return count != null || config.resume() && FoldsFolder.isOne(folder(config));
  }

  private static Path folder(TrainConfig config) {
    return config.output().resolve(config.tag());
  }
}
