package org.swinengine.train.folds;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.swinengine.backend.Backend;
import org.swinengine.data.DataSplits;
import org.swinengine.data.FoldedData;
import org.swinengine.inference.CheckpointException;
import org.swinengine.inference.FoldsFolder;
import org.swinengine.inference.WeightSource;
import org.swinengine.report.FoldsSummary;
import org.swinengine.report.TextFile;
import org.swinengine.train.TrainConfig;
import org.swinengine.train.TrainConfigFile;
import org.swinengine.train.TrainListener;
import org.swinengine.train.TrainResult;
import org.swinengine.train.Trainer;
import org.swinengine.train.folder.RunFolder;
import org.swinengine.train.folder.RunFolderException;
import org.swinengine.train.tuning.FeatureSource;
import org.swinengine.train.tuning.SharedFeatures;
import org.swinengine.weights.Safetensors;

/**
 * Trains a model for each fold of the data, each an ordinary run in a folder of its own ({@code
 * runs/<tag>/fold-1} and so on), and measures all images, each by the model that has not learnt from it.
 *
 * <p>The same configuration and data give the same weights and predictions, to the last bit, on the {@code
 * cpu} backend, also where the process was killed at any moment and the run was resumed: a fold that has a
 * checkpoint goes on from it, one that has none begins anew, and what all of them give together is made
 * again.
 */
public final class CrossValidation {
  /** Fewest folds that data can be divided into. */
  public static final int FEWEST = 2;

  /** Most folds. */
  public static final int MOST = 20;

  /** What all folds begin with, where it is not random. */
  private static final String FIRST = "first.safetensors";

  private final TrainConfig config;
  private final FoldedData data;
  private final Backend backend;
  private final FoldsListener listener;
  private @Nullable Trainer current;
  private boolean begun;
  private boolean stopped;

  /**
   * A cross-validation.
   *
   * @param config of each fold; its tag names the folder around their folders
   * @param data with 2 to 20 folds
   * @throws IllegalArgumentException if there are fewer or more folds, or a setting does not go with them
   */
  public CrossValidation(TrainConfig config, FoldedData data, Backend backend, FoldsListener listener) {
    requireFitting(data.count());
    if (config.keeping().acceptChangedData()) {
      throw new IllegalArgumentException(
          "`acceptChangedData` does not go with `folds`: other images would be divided into other folds, and"
              + " a model would be measured on what it has learnt from; start a new run");
    }
    this.config = config;
    this.data = data;
    this.backend = backend;
    this.listener = listener;
  }

  /**
   * Holds that data may be divided into so many folds.
   *
   * @throws IllegalArgumentException if not
   */
  public static void requireFitting(int folds) {
    if (folds < FEWEST || folds > MOST) {
      throw new IllegalArgumentException(
          "`folds` is " + folds + ", but must be from " + FEWEST + " to " + MOST);
    }
  }

  /**
   * Runs, or goes on, until all folds are done or {@link #requestStop} was called.
   *
   * @throws CheckpointException if the run to resume had other folds or settings
   * @throws CancellationException if {@link #requestStop} was called before there was a folder; nothing is
   *     written then
   * @throws IOException if data cannot be read, or a folder cannot be used or written. Other exceptions are
   *     those of {@link Trainer#run}
   */
  public FoldsResult run() throws IOException {
    long start = System.nanoTime();
    // Before there is a folder, so that bad input leaves none behind.
    Trainer.Start first = config.resume() ? null : Trainer.start(config, data.folds().get(0), backend);
    try (RunFolder folder = begin();
        SharedFeatures features = new SharedFeatures(data.whole(), folder.path())) {
      TrainConfig ofFolds = prepare(folder, first);
      List<TrainResult> results = new ArrayList<>();
      for (int fold = 0; fold < data.count(); fold++) {
        TrainResult result = fold(ofFolds, folder.path(), fold, features);
        if (result != null) {
          results.add(result);
        }
        if (result == null || result.status() == TrainResult.Status.INTERRUPTED) {
          return finished(new FoldsResult(
              TrainResult.Status.INTERRUPTED, folder.path(), List.copyOf(results), null, null,
              seconds(start)));
        }
      }
      FoldsFiles files = new FoldsFiles(folder, complete(), data, backend);
      return finished(files.write(results, seconds(start)));
    }
  }

  private FoldsResult finished(FoldsResult result) {
    listener.finished(result);
    return result;
  }

  private static double seconds(long start) {
    return (System.nanoTime() - start) / 1e9;
  }

  private synchronized RunFolder begin() throws IOException {
    if (stopped) {
      throw new CancellationException("the run was stopped before it began; nothing was written");
    }
    RunFolder folder =
        config.resume()
            ? RunFolder.resume(config.output(), config.tag())
            : RunFolder.create(config.output(), config.tag());
    begun = true;
    return folder;
  }

  /** The configuration with the data's classes. */
  private TrainConfig complete() {
    int classes = data.whole().classNames().size();
    return config.toBuilder().model(config.model().withClasses(classes)).build();
  }

  /**
   * Writes what a run needs to go on; the file that says that there are folds comes last.
   *
   * @return the configuration of each fold, but for its folder
   */
  private TrainConfig prepare(RunFolder folder, Trainer.@Nullable Start start) throws IOException {
    Path first = folder.path().resolve(FIRST);
    if (start == null) {
      requireSame(folder.path());
    } else if (start.report() != null) {
      // Copied, since a fold may begin when they are gone, or after options that said how they are read.
      Safetensors.writeChecked(first, start.weights());
      listener.firstWeights(start.report());
    }
    TextFile.replace(folder.config(), TrainConfigFile.write(complete()));
    TextFile.replace(
        folder.path().resolve(FoldsFolder.FILE), FoldsSummary.begun(data.count(), config.seed()));
    return Files.exists(first)
        ? config.toBuilder().fineTuning(config.fineTuning().withWeights(WeightSource.of(first))).build()
        : config;
  }

  private void requireSame(Path folder) {
    if (!FoldsFolder.isOne(folder)) {
      throw new CheckpointException(
          "cannot resume the run in " + folder + ": it has no " + FoldsFolder.FILE
              + ", so it is none of folds, or ended before its first fold began; leave out `folds`, or start"
              + " it anew without `resume`");
    }
    FoldsFolder before = FoldsFolder.read(folder);
    if (before.count() != data.count() || before.seed() != config.seed()) {
      throw new CheckpointException(
          "cannot resume the run in " + folder + ": it has " + before.count() + " folds by seed "
              + before.seed() + ", but `folds` is " + data.count() + " and `seed` " + config.seed()
              + "; leave these settings as they were, or start a new run without `resume`");
    }
  }

  /** Runs a fold, or goes on with it; null if it was asked to stop before it began. */
  private @Nullable TrainResult fold(TrainConfig ofFolds, Path folder, int fold, SharedFeatures features)
      throws IOException {
    String tag = "fold-" + (fold + 1);
    boolean goesOn = Files.exists(folder.resolve(tag).resolve(RunFolder.LAST));
    if (!goesOn) {
      removeUnbegun(folder.resolve(tag));
    }
    DataSplits splits = data.folds().get(fold);
    int[] validation = data.members().get(fold);
    FeatureSource source = features.of(others(validation), validation);
    TrainListener told = listener.fold(fold + 1, data.count());
    Trainer trainer =
        new Trainer(
            ofFolds.toBuilder().output(folder).tag(tag).resume(goesOn).build(), splits, backend, told,
            source);
    if (!began(trainer)) {
      return null;
    }
    try {
      return trainer.run();
    } catch (CancellationException e) {
      return null;
    } finally {
      ended();
    }
  }

  private int[] others(int[] members) {
    return IntStream.range(0, data.whole().size())
        .filter(sample -> Arrays.binarySearch(members, sample) < 0).toArray();
  }

  /** What a fold has left that was killed before its first checkpoint. */
  private static void removeUnbegun(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return;
    }
    try {
      try (DirectoryStream<Path> files =
          Files.newDirectoryStream(
              folder,
              "{config.yaml,metrics.jsonl,skipped.txt,best.safetensors,run.lock,events.out.*,.*.tmp}")) {
        for (Path file : files) {
          Files.delete(file);
        }
      }
      Files.delete(folder);
    } catch (IOException e) {
      throw new RunFolderException(
          "cannot begin the fold in " + folder + " anew, which ended before its first checkpoint ("
              + e.getClass().getSimpleName() + ": " + e.getMessage() + "); remove the folder",
          e);
    }
  }

  private synchronized boolean began(Trainer trainer) {
    current = stopped ? null : trainer;
    return !stopped;
  }

  private synchronized void ended() {
    current = null;
  }

  /**
   * Asks the run to stop after the present step; it saves a checkpoint that continues it and returns with
   * {@link TrainResult.Status#INTERRUPTED}. May be called from any thread.
   *
   * @return whether there is something to save; where there is not, the run never begins, and {@link #run}
   *     throws a {@link CancellationException}
   */
  public synchronized boolean requestStop() {
    stopped = true;
    if (current != null) {
      current.requestStop();
    }
    return begun;
  }
}
