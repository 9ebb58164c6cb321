package org.swinengine.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.function.BooleanSupplier;
import org.swinengine.autograd.NonFiniteException;
import org.swinengine.backend.DeviceException;
import org.swinengine.backend.DeviceOutOfMemoryError;
import org.swinengine.console.EscapingWriter;
import org.swinengine.console.PlainText;
import org.swinengine.fit.TrainingDivergedException;
import org.swinengine.inference.CheckpointException;
import org.swinengine.pretrained.PretrainedException;
import org.swinengine.weights.WeightFileException;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine;

/** Turns exceptions into a sentence for the user and an exit code. */
final class Failures {
  private final BooleanSupplier verbose;

  /**
   * @param verbose whether stack traces are wanted
   */
  Failures(BooleanSupplier verbose) {
    this.verbose = verbose;
  }

  /** The command line is wrong. */
  int wrongUsage(ParameterException e, String[] arguments) {
    CommandLine command = e.getCommandLine();
    String usage = command.getCommandSpec().qualifiedName();
    Throwable name = e;
    while (name != null && !isUnmappable(name)) {
      name = name.getCause();
    }
    String message = name == null ? oneLine(e.getMessage()) : unmappable((InvalidPathException) name);
    String misspelled = Misspelled.sentence(e);
    String sentence =
        misspelled != null ? misspelled : SettingNames.inOptions(message, command.getCommandSpec());
    // The command line itself may come from a file's name.
    command.getErr().println("swin-engine: " + PlainText.line(sentence) + "; see `" + usage + " --help`");
    return ExitCode.USAGE;
  }

  /** A command failed. */
  int failed(Exception e, CommandLine command, ParseResult parsed) {
    return failed((Throwable) e, command);
  }

  int failed(Throwable e, CommandLine command) {
    PrintWriter err = EscapingWriter.around(command.getErr());
    err.println("swin-engine: " + sentence(e, command.getCommandSpec()));
    if (verbose.getAsBoolean()) {
      e.printStackTrace(err);
    }
    return ExitCode.SOFTWARE;
  }

  /** What happened and what to do, on one line, with a command's options. */
  static String sentence(Throwable e, CommandSpec command) {
    boolean advised = command.userObject() instanceof MemoryAdvisor advisor && advisor.hasAdvised();
    if (e instanceof OutOfMemoryError && !(e instanceof DeviceOutOfMemoryError) && advised) {
      return "there was not enough memory, as the warning said (" + oneLine(String.valueOf(e.getMessage()))
          + ")";
    }
    return SettingNames.inOptions(inSettings(e), command);
  }

  private static String inSettings(Throwable e) {
    boolean wrapped = e instanceof UncheckedIOException || e instanceof ExceptionInInitializerError;
    if (wrapped && e.getCause() != null) {
      return inSettings(e.getCause());
    }
    if (e instanceof DeviceOutOfMemoryError || e instanceof DeviceException) {
      return oneLine(e.getMessage());
    }
    if (e instanceof OutOfMemoryError) {
      return "there is not enough memory (" + oneLine(String.valueOf(e.getMessage()))
          + "); take a smaller batch or model, or give Java more memory: java -Xmx8g -jar swin-engine.jar …";
    }
    if (e instanceof FileSystemException file) {
      return fileSentence(file);
    }
    if (isUnmappable(e)) {
      return unmappable((InvalidPathException) e);
    }
    boolean forUsers =
        e instanceof IOException
            || e instanceof IllegalArgumentException
            || e instanceof WeightFileException
            || e instanceof PretrainedException
            || e instanceof CheckpointException
            || e instanceof TrainingDivergedException
            || e instanceof NonFiniteException;
    if (forUsers && e.getMessage() != null) {
      return oneLine(e.getMessage());
    }
    return "this is an error in the engine, not in your input: " + oneLine(e.toString())
        + "; please report it with what --verbose shows";
  }

  private static boolean isUnmappable(Throwable e) {
    return e instanceof InvalidPathException path && path.getReason().startsWith("Malformed input");
  }

  private static String unmappable(InvalidPathException e) {
    return "the file name " + e.getInput() + " has letters that this locale's encoding ("
        + System.getProperty("sun.jnu.encoding")
        + ") does not have; set LC_ALL=C.UTF-8, or another locale with UTF-8 that this system knows (`locale"
        + " -a` lists them)";
  }

  private static String fileSentence(FileSystemException e) {
    String file = e.getFile();
    if (e instanceof NoSuchFileException) {
      return "there is no file " + file;
    }
    if (e instanceof AccessDeniedException) {
      return "there is no permission to use " + file;
    }
    if (e instanceof FileAlreadyExistsException || e instanceof NotDirectoryException) {
      return file + " is a file, but a folder is needed there";
    }
    if (e instanceof FileSystemLoopException) {
      return file + " is a link that leads back to a folder above it";
    }
    if (e.getReason() == null) {
      return file + " cannot be used (" + e.getClass().getSimpleName() + ")";
    }
    return oneLine(e.getMessage());
  }

  private static String oneLine(String text) {
    return text.strip().replaceAll("\\s*\\R\\s*", " ");
  }
}
