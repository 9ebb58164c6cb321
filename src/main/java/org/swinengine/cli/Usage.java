package org.swinengine.cli;

import java.util.function.Supplier;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.Models;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/**
 * What is wrong usage, exit code 2: whatever the words of the command line alone show to be wrong, a name
 * that there is not, a value out of range, options that do not go together or with the model that they name.
 * What it takes a file's contents, data or the machine to see is a failure, exit code 1.
 */
final class Usage {
  private Usage() {}

  /**
   * What options say.
   *
   * @param command that they were given to
   * @param said makes it of the options alone
   * @throws ParameterException with the sentence of an {@link IllegalArgumentException}
   */
  static <T> T of(CommandSpec command, Supplier<T> said) {
    try {
      return said.get();
    } catch (IllegalArgumentException e) {
      throw wrong(command, e);
    }
  }

  /** The same of a model that options change: one that can be made, of an image size that it can cut. */
  static ModelSpec model(CommandSpec command, Supplier<ModelSpec> said) {
    return of(
        command,
        () -> {
          ModelSpec spec = said.get();
          Models.create(spec);
          return spec;
        });
  }

  /** That the options are wrong, for such an exception. */
  static ParameterException wrong(CommandSpec command, IllegalArgumentException e) {
    return new ParameterException(command.commandLine(), e.getMessage(), e);
  }
}
