package org.swinengine.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.swinengine.backend.Backends;
import org.swinengine.backend.Warnings;
import org.swinengine.console.EscapingWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine;

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
    footer = {
      "",
      "Try:  java -jar swin-engine.jar train      trains a small Swin on real images within minutes",
      "      java -jar swin-engine.jar models     lists the models",
      "",
      "`swin-engine COMMAND --help` explains a command."
    })
public final class Main {
  /** In the order in which the help lists them. */
  private static final Map<String, Class<?>> COMMANDS = new LinkedHashMap<>();

  static {
    COMMANDS.put("train", TrainCommand.class);
    COMMANDS.put("eval", EvalCommand.class);
    COMMANDS.put("report", ReportCommand.class);
    COMMANDS.put("runs", RunsCommand.class);
    COMMANDS.put("predict", PredictCommand.class);
    COMMANDS.put("embed", EmbedCommand.class);
    COMMANDS.put("neighbours", NeighboursCommand.class);
    COMMANDS.put("infer", InferCommand.class);
    COMMANDS.put("fit-batch", FitBatchCommand.class);
    COMMANDS.put("data", DataCommand.class);
    COMMANDS.put("inspect", InspectCommand.class);
    COMMANDS.put("convert", ConvertCommand.class);
    COMMANDS.put("models", ModelsCommand.class);
    COMMANDS.put("recipes", RecipesCommand.class);
    COMMANDS.put("devices", DevicesCommand.class);
    COMMANDS.put("bench", BenchCommand.class);
    COMMANDS.put("gradcheck", GradcheckCommand.class);
    COMMANDS.put("help", CommandLine.HelpCommand.class);
  }

  @Option(
      names = "--verbose",
      scope = ScopeType.INHERIT,
      description = "Show the stack trace of an error.")
  private boolean verbose;

  private Main() {}

  /** Runs a command and ends the process. */
  public static void main(String[] words) {
    OriginalCommandLine original = OriginalCommandLine.of(List.of(words));
    String[] arguments = original.arguments().toArray(String[]::new);
    if (EarlyWarmUp.isWorthwhile(original.arguments())) {
      Backends.warmUpCpuEarly();
    }
    CommandLine commandLine = commandLine(arguments);
    original.notes().forEach(note -> commandLine.getErr().println("note: " + note));
    Warnings.sendTo(sentence -> commandLine.getErr().println("warning: " + SettingNames.inOptions(sentence)));
    int exitCode;
    try {
      exitCode = commandLine.execute(arguments);
    } catch (Error e) {
      exitCode = new Failures(() -> isVerbose(commandLine)).failed(e, commandLine);
    }
    System.exit(exitCode);
  }

  /**
   * The command line. Where the first argument is a command's name, it has that command alone: finding out
   * about the options of all of them takes longer than most of what a short command does.
   */
  static CommandLine commandLine(String... arguments) {
    Main main = new Main();
    CommandLine commandLine = new CommandLine(main);
    Class<?> chosen = arguments.length == 0 ? null : COMMANDS.get(arguments[0]);
    if (chosen == null || chosen == CommandLine.HelpCommand.class) {
      COMMANDS.values().forEach(commandLine::addSubcommand);
    } else {
      commandLine.addSubcommand(chosen);
    }
    if (commandLine.getSubcommands().containsKey("train")) {
      TrainOptions.install(commandLine.getSubcommands().get("train"));
    }
    Failures failures = new Failures(() -> main.verbose);
    CommandLine.IExecutionStrategy last = new CommandLine.RunLast();
    return commandLine
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setUsageHelpAutoWidth(true)
        .setExecutionStrategy(parsed -> executePlainly(commandLine, parsed, last))
        .setParameterExceptionHandler(failures::wrongUsage)
        .setExecutionExceptionHandler(failures::failed);
  }

  /**
   * Runs a command whose output and errors are escaped; help is the engine's own text, and may have colours.
   */
  private static int executePlainly(
      CommandLine commandLine, CommandLine.ParseResult parsed, CommandLine.IExecutionStrategy last) {
    Integer helped = CommandLine.executeHelpRequest(parsed);
    if (helped != null) {
      return helped;
    }
    commandLine.setOut(EscapingWriter.around(commandLine.getOut()));
    commandLine.setErr(EscapingWriter.around(commandLine.getErr()));
    return last.execute(parsed);
  }

  private static boolean isVerbose(CommandLine commandLine) {
    return ((Main) commandLine.getCommand()).verbose;
  }
}
