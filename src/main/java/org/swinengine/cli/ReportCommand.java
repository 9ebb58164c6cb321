package org.swinengine.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.swinengine.backend.Backend;
import org.swinengine.console.PlainText;
import org.swinengine.inference.FoldsFolder;
import org.swinengine.report.Report;
import org.swinengine.report.RunPictures;
import org.swinengine.report.RunResults;
import org.swinengine.report.StoredRun;
import org.swinengine.report.TextFile;
import org.swinengine.train.Trainer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code report}: a run's page anew. */
@Command(
    name = "report",
    description = "Makes the page of a training run anew from what its folder holds: metrics, configuration,"
        + " results and pictures. Where the folder has no pictures, because an older version made it, they"
        + " are made from the run's data and best weights, if these are there.",
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

  @Mixin
  private DeviceOptions device;

  @Override
  public Integer call() throws IOException {
    Path folder = RunsCommand.folder(run, RunsCommand.USUAL);
    Path page = file == null ? folder.resolve("report.html") : file;
    RunResults results = StoredRun.read(folder);
    RunPictures pictures = pictures(folder, results);
    TextFile.replace(page, Report.ofFolder(folder, pictures));
    PrintWriter out = command.commandLine().getOut();
    pictures.missing().forEach(
        missing -> out.println("note      " + SettingNames.inOptions(PlainText.line(missing))));
    out.println("report    " + page);
    return 0;
  }

  private RunPictures pictures(Path folder, RunResults results) throws IOException {
    if (FoldsFolder.isOne(folder)) {
      // Each fold has its own.
      return RunPictures.NONE;
    }
    if (RunPictures.areIn(folder)) {
      return RunPictures.read(folder);
    }
    boolean unfinished = results.facts().isEmpty() || results.stoppedAfter() != null;
    if (results.evaluation() == null && !unfinished) {
      return RunPictures.NONE;
    }
    if (results.evaluation() == null) {
      return new RunPictures(
          List.of(), List.of(),
          List.of("Figures and pictures are not shown: the run left no results, because it is going on, was"
              + " stopped or was killed. `eval` measures its best weights."));
    }
    try (Backend backend = device.open()) {
      return Trainer.pictures(folder, results, backend);
    }
  }
}
