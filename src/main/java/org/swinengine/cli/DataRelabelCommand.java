package org.swinengine.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.swinengine.data.list.Relabelled;
import org.swinengine.report.TextFile;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code data relabel}: a list with reviewed labels. */
@Command(
    name = "relabel",
    description = {
      "Writes a new list of images with the labels that were reviewed. The old list and the pictures stay as"
          + " they are, and so does every line about which nothing was decided.",
      "The reviewed table has the columns path and label: a new label, several with | between, nothing to"
          + " leave an image as it is, or the word drop to take it out."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false)
final class DataRelabelCommand implements Callable<Integer> {
  @Spec
  private CommandSpec command;

  @Parameters(paramLabel = "LIST", description = "A list of images: CSV, TSV or JSON lines.")
  private Path list;

  @Option(names = "--with", required = true, paramLabel = "FILE", description = "The reviewed table.")
  private Path reviewed;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "The new list. Default: beside the old one, with -relabelled in its name.")
  private Path out;

  @Option(names = "--force", description = "Replace the new list if it exists.")
  private boolean force;

  @Mixin
  private ListOptions columns;

  @Override
  public Integer call() throws IOException {
    Path target = out == null ? beside() : out;
    boolean same =
        Files.exists(target) && Files.exists(list) && Files.isSameFile(target, list);
    if (same || Files.exists(target) && !force) {
      throw new ParameterException(
          command.commandLine(),
          same ? "--out is the list itself, which stays as it is; name another file"
              : target + " exists; name another file with --out, or replace it with --force");
    }
    Relabelled done = Relabelled.of(list, reviewed, columns.columns());
    TextFile.replace(target, done.text());
    PrintWriter console = command.commandLine().getOut();
    console.println(
        target + ": " + done.changed() + " changed, " + done.dropped() + " dropped, " + done.confirmed()
            + " confirmed");
    if (!done.newClasses().isEmpty()) {
      console.println(
          "note      classes that the list did not have: " + String.join(", ", done.newClasses()));
    }
    return 0;
  }

  private Path beside() {
    String name = list.getFileName().toString();
    int dot = name.lastIndexOf('.');
    return list.resolveSibling(
        dot < 0 ? name + "-relabelled" : name.substring(0, dot) + "-relabelled" + name.substring(dot));
  }
}
