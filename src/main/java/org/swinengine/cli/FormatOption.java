package org.swinengine.cli;

import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** How a command prints rows of results. */
final class FormatOption {
  /** The formats; all but {@code JSON} print a row as soon as it is known. */
  enum Format {
    TABLE,
    CSV,
    JSONL,
    JSON
  }

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--format",
      paramLabel = "table|csv|jsonl",
      description = "How to print the result: for people, as CSV with a header, or a JSON object on each"
          + " line. Default: table.")
  private Format format;

  @Mixin
  private JsonOption json;

  /** The one that was asked for. */
  Format get() {
    if (json.isOn()) {
      if (format != null && format != Format.JSON) {
        throw new ParameterException(command.commandLine(), "give --format or --json, one of them");
      }
      return Format.JSON;
    }
    return format == null ? Format.TABLE : format;
  }
}
