package org.swinengine.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/**
 * The command line. Exit codes: 0 when all went well, 1 when something failed, 2 when the command line is
 * wrong; 130 and 143 after Ctrl-C and SIGTERM. A failure is one sentence on the error stream, and a stack
 * trace only with {@code --verbose}.
 */
@Command(
    name = "swin-engine",
    description = "Trains and runs vision transformers (Swin, ViT) in pure Java.",
    synopsisSubcommandLabel = "COMMAND",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    subcommands = {
      TrainCommand.class,
      EvalCommand.class,
      PredictCommand.class,
      InferCommand.class,
      FitBatchCommand.class,
      InspectCommand.class,
      ConvertCommand.class,
      ModelsCommand.class,
      DevicesCommand.class,
      BenchCommand.class,
      GradcheckCommand.class,
      CommandLine.HelpCommand.class
    },
    footer = {
      "",
      "Try:  java -jar swin-engine.jar train      trains a small Swin on real images within minutes",
      "      java -jar swin-engine.jar models     lists the models",
      "",
      "`swin-engine COMMAND --help` explains a command."
    })
public final class Main {
  @Option(
      names = "--verbose",
      scope = ScopeType.INHERIT,
      description = "Show the stack trace of an error.")
  private boolean verbose;

  private Main() {}

  /** Runs a command and ends the process. */
  public static void main(String[] arguments) {
    Main main = new Main();
    Failures failures = new Failures(() -> main.verbose);
    CommandLine commandLine =
        new CommandLine(main)
            .setCaseInsensitiveEnumValuesAllowed(true)
            .setUsageHelpAutoWidth(true)
            .setParameterExceptionHandler(failures::wrongUsage)
            .setExecutionExceptionHandler(failures::failed);
    int exitCode;
    try {
      exitCode = commandLine.execute(arguments);
    } catch (Error e) {
      exitCode = failures.failed(e, commandLine);
    }
    System.exit(exitCode);
  }
}
