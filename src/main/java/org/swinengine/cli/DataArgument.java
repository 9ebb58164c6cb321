package org.swinengine.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Data that are named without an option: {@code train flowers} is {@code train --data-path flowers}. */
final class DataArgument {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Parameters(arity = "0..1", paramLabel = "DATA", description = "The same as --data-path DATA.")
  private @Nullable Path path;

  /**
   * The data of a command.
   *
   * @param option what {@code --data-path} says; null: it was not given
   * @return null: neither was given
   * @throws ParameterException if both were, and differ, or a word that looks like an option stands here
   */
  @Nullable
  Path or(@Nullable Path option) {
    if (path == null) {
      return option;
    }
    if (path.toString().startsWith("-")) {
      throw new ParameterException(
          command.commandLine(), path + " stands after --, where options end: write options before it");
    }
    if (option != null && !isSame(option, path)) {
      throw new ParameterException(
          command.commandLine(),
          "the data are " + path + " and, by --data-path, " + option + "; name them once");
    }
    return path;
  }

  /** What stands without an option; null: nothing. */
  @Nullable
  Path named() {
    return path;
  }

  private static boolean isSame(Path one, Path other) {
    return one.toAbsolutePath().normalize().equals(other.toAbsolutePath().normalize());
  }
}
