package org.swinengine.train.folder;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.swinengine.report.EpochMetrics;
import org.swinengine.report.TextFile;
import org.swinengine.weights.RegularFile;

/**
 * The folder of a run, {@code runs/<tag>/}: {@code config.yaml}, {@code metrics.jsonl},
 * {@code best.safetensors}, {@code last.safetensors}, {@code results.json}, {@code pictures.json}, {@code
 * report.html}, TensorBoard's {@code events.out.tfevents.*}, {@code rates.json} where the learning rate was
 * looked for, {@code skipped.txt} where images were left out, and {@code suspects.csv} where wrong labels
 * were looked for. One process at a time holds it. What is written to it is on the disk when a method
 * returns.
 */
public final class RunFolder implements AutoCloseable {
  /** The training checkpoint within a run folder. */
  public static final String LAST = "last.safetensors";

  /** The weights of the best epoch within a run folder. */
  public static final String BEST = "best.safetensors";

  private static final String LOCK = "run.lock";

  private final Path path;
  private final FileChannel lockChannel;

  private RunFolder(Path path, FileChannel lockChannel) {
    this.path = path;
    this.lockChannel = lockChannel;
  }

  /**
   * Makes a folder for a new run: {@code tag}, or where that exists {@code tag-2}, {@code tag-3} and so on.
   *
   * @param output folder of run folders; made if it does not exist
   * @throws RunFolderException if it cannot be made
   */
  public static RunFolder create(Path output, String tag) throws RunFolderException {
    requireName(tag);
    try {
      Files.createDirectories(output);
      for (int number = 1;; number++) {
        Path folder = output.resolve(number == 1 ? tag : tag + "-" + number);
        try {
          Files.createDirectory(folder);
          return lock(folder);
        } catch (FileAlreadyExistsException e) {
          // The next number, then.
        }
      }
    } catch (RunFolderException e) {
      throw e;
    } catch (IOException e) {
      throw new RunFolderException(
          "cannot make a run folder in " + output + " (" + reason(e)
              + "); check that it may be written to, or choose another with `output`",
          e);
    }
  }

  /**
   * Takes an existing run's folder.
   *
   * @throws RunFolderException if there is none, or another process has it
   */
  public static RunFolder resume(Path output, String tag) throws RunFolderException {
    requireName(tag);
    Path folder = output.resolve(tag);
    if (!Files.isDirectory(folder)) {
      throw new RunFolderException(
          "there is no run to resume: the folder " + folder
              + " does not exist; check `output` and `tag`, or start anew without `resume`");
    }
    RunFolder run = lock(folder);
    run.removeUnfinishedFiles();
    return run;
  }

  /**
   * Asks for a run's folder before its files are read, which another process may be replacing.
   *
   * @throws RunFolderException if another process has it; no folder is no matter here
   */
  public static void requireFree(Path output, String tag) throws RunFolderException {
    requireName(tag);
    Path folder = output.resolve(tag);
    if (Files.isDirectory(folder)) {
      lock(folder).close();
    }
  }

  /** A process that was killed while it wrote a file leaves the unfinished one under a name of its own. */
  private void removeUnfinishedFiles() throws RunFolderException {
    try (DirectoryStream<Path> unfinished = Files.newDirectoryStream(path, ".*.tmp")) {
      for (Path file : unfinished) {
        Files.deleteIfExists(file);
      }
    } catch (IOException | DirectoryIteratorException e) {
      closeQuietly(lockChannel);
      throw new RunFolderException("cannot tidy the run folder " + path + " (" + e.getMessage() + ")", e);
    }
  }

  private static void requireName(String tag) throws RunFolderException {
    boolean plain;
    try {
      Path name = Path.of(tag);
      plain = !tag.isBlank() && name.getNameCount() == 1 && !name.isAbsolute() && !tag.equals(".")
          && !tag.equals("..");
    } catch (InvalidPathException e) {
      plain = false;
    }
    if (!plain) {
      throw new RunFolderException(
          "the tag \"" + tag + "\" cannot be the name of a folder; use letters, digits, dots and dashes, and"
              + " `output` for the folder around it");
    }
  }

  private static RunFolder lock(Path folder) throws RunFolderException {
    FileChannel channel = null;
    FileLock lock = null;
    try {
      channel =
          FileChannel.open(folder.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      lock = channel.tryLock();
    } catch (OverlappingFileLockException e) {
      // Held by another run of this process: the same answer.
      lock = null;
    } catch (IOException e) {
      closeQuietly(channel);
      throw new RunFolderException("cannot lock the run folder " + folder + " (" + reason(e) + ")", e);
    }
    if (channel == null || lock == null) {
      closeQuietly(channel);
      throw new RunFolderException(
          "the run folder " + folder
              + " is in use by another process; wait for it to end, or choose another `tag`");
    }
    return new RunFolder(folder, channel);
  }

  private static void closeQuietly(@Nullable FileChannel channel) {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      // The failure that brought us here is the one to report.
    }
  }

  /** The folder. */
  public Path path() {
    return path;
  }

  public Path config() {
    return path.resolve("config.yaml");
  }

  public Path metrics() {
    return path.resolve("metrics.jsonl");
  }

  /** Weights and optimizer state of the last step that was saved. */
  public Path last() {
    return path.resolve(LAST);
  }

  /** Weights of the best epoch. */
  public Path best() {
    return path.resolve(BEST);
  }

  /** The report. */
  public Path report() {
    return path.resolve("report.html");
  }

  /** Training labels that are probably wrong, as a table to review. */
  public Path suspects() {
    return path.resolve("suspects.csv");
  }

  public Path skipped() {
    return path.resolve("skipped.txt");
  }

  /** Adds a line to {@code metrics.jsonl}; a line that does not fit on the disk is taken back whole. */
  public void appendMetrics(EpochMetrics line) throws IOException {
    TextFile.append(metrics(), line.toJson());
  }

  /**
   * Cuts {@code metrics.jsonl} back to a checkpoint.
   *
   * @param epochs epochs that the checkpoint has behind it
   * @return their lines
   */
  public List<EpochMetrics> cutMetrics(int epochs) throws IOException {
    Path file = metrics();
    List<EpochMetrics> history = new ArrayList<>();
    if (epochs > 0) {
      try {
        for (String line : Files.readAllLines(RegularFile.require(file))) {
          if (history.size() < epochs) {
            history.add(EpochMetrics.fromJson(line));
          }
        }
      } catch (IOException | IllegalArgumentException e) {
        throw new RunFolderException(
            "cannot resume: " + file + " cannot be read (" + e.getMessage() + ")", e);
      }
      if (history.size() < epochs) {
        throw new RunFolderException(
            "cannot resume: " + file + " has " + history.size() + " lines, but the checkpoint has " + epochs
                + " epochs behind it; the file was changed");
      }
    }
    StringBuilder text = new StringBuilder();
    history.forEach(line -> text.append(line.toJson()).append('\n'));
    TextFile.replace(file, text.toString());
    return history;
  }

  private static String reason(IOException e) {
    return e.getClass().getSimpleName() + ": " + e.getMessage();
  }

  /** Lets other processes have the folder. */
  @Override
  public void close() {
    closeQuietly(lockChannel);
  }
}
