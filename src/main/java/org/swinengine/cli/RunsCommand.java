package org.swinengine.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.swinengine.report.StoredRun;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code runs}: training runs beside one another. */
@Command(
    name = "runs",
    description = "Lists training runs, or compares some on one page.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    synopsisSubcommandLabel = "(list|compare)",
    subcommands = {RunsListCommand.class, RunsCompareCommand.class},
    footer = {
      "", "Examples:", "  swin-engine runs list", "  swin-engine runs compare flowers flowers-2"
    })
final class RunsCommand implements Callable<Integer> {
  /** Where {@code train} puts runs. */
  static final Path USUAL = Path.of("runs");

  @Spec
  private CommandSpec command;

  /** A run's folder: as it was given, or below the folder of runs; data may have the name of their run. */
  static Path folder(Path given, Path runs) {
    Path below = runs.resolve(given);
    boolean exists = Files.isDirectory(given) && !StoredRun.isRun(below);
    return !StoredRun.isRun(given) && !exists && Files.isDirectory(below) ? below : given;
  }

  @Override
  public Integer call() {
    throw new ParameterException(command.commandLine(), "say what to do with runs: list or compare");
  }
}
