package org.swinengine.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.swinengine.report.StoredPredictions;
import org.swinengine.report.SuspectLabels;
import org.swinengine.report.TextFile;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code data suspects}: labels that are probably wrong, from predictions. */
@Command(
    name = "suspects",
    description = {
      "Lists the labels that are probably wrong, by predictions of models that were not trained on the images"
          + " they judge: those of cross-validation, or of eval --predictions on images that training had"
          + " not.",
      "The table has the columns path, label, suggested, score (1 less the probability of the label) and"
          + " new_label, which is empty: write a label there, or drop, and give the table to data relabel.",
      "train --suspect-labels lists the labels of a run's own training images, with their pictures."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false)
final class DataSuspectsCommand implements Callable<Integer> {
  @Spec
  private CommandSpec command;

  @Option(
      names = "--predictions",
      required = true,
      paramLabel = "FILE.csv|FILE.jsonl",
      description = "What eval --predictions has written.")
  private Path predictions;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "The table. Default: suspects.csv beside the predictions.")
  private Path out;

  @Option(
      names = "--most",
      paramLabel = "N",
      defaultValue = "200",
      description = "Labels to list at the most. Default: ${DEFAULT-VALUE}.")
  private int most;

  @Option(names = "--force", description = "Replace the table if it exists.")
  private boolean force;

  @Override
  public Integer call() throws IOException {
    if (most < 1) {
      throw new ParameterException(command.commandLine(), "--most must be at least 1, not " + most);
    }
    Path target = out == null ? predictions.resolveSibling("suspects.csv") : out;
    boolean same = Files.exists(target) && Files.exists(predictions) && Files.isSameFile(target, predictions);
    if (same || Files.exists(target) && !force) {
      throw new ParameterException(
          command.commandLine(),
          same ? "--out is the file of the predictions; name another file"
              : target + " exists; name another file with --out, or replace it with --force");
    }
    StoredPredictions stored = StoredPredictions.read(predictions);
    SuspectLabels found =
        SuspectLabels.ofPredictions(
            stored.predictions(), stored.names()::get, stored.classes(), most);
    TextFile.replace(target, found.csv());
    PrintWriter console = command.commandLine().getOut();
    console.printf(
        Locale.ROOT, "%s: the %,d of %,d labels that are the likeliest to be wrong%n", target,
        found.suspects().size(), found.judged());
    return 0;
  }
}
