package org.swinengine.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.swinengine.report.StoredRun;
import org.swinengine.report.TextFile;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code report}: a run's page anew. */
@Command(
    name = "report",
    description = "Makes the page of a training run anew from what its folder holds: metrics, configuration"
        + " and results. Neither the data nor the model is read.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    footer = {"", "Example:", "  swin-engine report runs/flowers"})
final class ReportCommand implements Callable<Integer> {
  @Spec
  private CommandSpec command;

  @Parameters(paramLabel = "RUN", description = "The run's folder, or its name in runs/.")
  private Path run;

  @Option(
      names = "--report",
      paramLabel = "FILE",
      description = "Where to write the page. Default: report.html in the run's folder.")
  private Path file;

  @Override
  public Integer call() throws IOException {
    Path folder = RunsCommand.folder(run, RunsCommand.USUAL);
    Path page = file == null ? folder.resolve("report.html") : file;
    TextFile.replace(page, StoredRun.page(folder));
    command.commandLine().getOut().println("report    " + page);
    return 0;
  }
}
