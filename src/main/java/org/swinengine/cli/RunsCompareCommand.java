package org.swinengine.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.swinengine.report.RunComparison;
import org.swinengine.report.RunResults;
import org.swinengine.report.StoredRun;
import org.swinengine.report.TextFile;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code runs compare}: runs on one page. */
@Command(
    name = "compare",
    description = "Compares training runs on one page: figures with intervals, curves, the settings that"
        + " differ.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false)
final class RunsCompareCommand implements Callable<Integer> {
  @Spec
  private CommandSpec command;

  @Parameters(arity = "2..*", paramLabel = "RUN", description = "Folders of runs, or names in the folder of"
      + " runs.")
  private List<Path> given = List.of();

  @Option(
      names = "--output",
      paramLabel = "DIR",
      defaultValue = "runs",
      description = "The folder of runs, as train takes it. Default: ${DEFAULT-VALUE}.")
  private Path output;

  @Option(
      names = "--report",
      paramLabel = "FILE",
      description = "Where to write the page. Default: compare.html in the folder of runs.")
  private Path file;

  @Override
  public Integer call() throws IOException {
    List<RunResults> runs = new ArrayList<>();
    for (Path run : given) {
      runs.add(StoredRun.read(RunsCommand.folder(run, output)));
    }
    PrintWriter out = command.commandLine().getOut();
    RunsListCommand.show(runs, out);
    if (!RunComparison.isFair(runs)) {
      out.println("note      the runs were not measured on the same images");
    }
    Path page = file == null ? output.resolve("compare.html") : file;
    TextFile.replace(page, RunComparison.html(runs));
    out.println("report    " + page);
    return 0;
  }
}
