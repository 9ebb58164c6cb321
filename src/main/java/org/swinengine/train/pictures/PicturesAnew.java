package org.swinengine.train.pictures;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.swinengine.backend.Backend;
import org.swinengine.data.DataSplits;
import org.swinengine.data.Dataset;
import org.swinengine.data.EpochOrder;
import org.swinengine.data.Fingerprint;
import org.swinengine.inference.Evaluation;
import org.swinengine.inference.LoadedModel;
import org.swinengine.report.EvaluationSummary;
import org.swinengine.report.RunPictures;
import org.swinengine.report.RunResults;
import org.swinengine.train.TrainConfig;
import org.swinengine.train.folder.RunFolder;
import org.swinengine.train.task.TrainingTasks;

/** Makes the pictures of a run's page anew, from its best weights and its data. */
public final class PicturesAnew {
  private PicturesAnew() {}

  /**
   * Makes them, as far as data and weights are there and are the run's.
   *
   * @param folder of the run
   * @param run what the folder says
   * @param data opens the run's data
   * @return with a sentence on what could not be made
   */
  public static RunPictures of(
      Path folder, RunResults run, TrainConfig config, Opening data, Backend backend) {
    if (run.segmentation() != null) {
      return RunPictures.NONE; // Its pictures are among its results.
    }
    Path best = folder.resolve(RunFolder.BEST);
    if (!Files.exists(best)) {
      return without("there is no " + best);
    }
    try {
      DataSplits splits = data.open();
      EvaluationSummary measured = run.evaluation();
      LoadedModel model = LoadedModel.open(best, backend);
      if (!model.classNames().equals(splits.classNames())
          || isChanged(run, "training", splits.train())
          || isChanged(run, "validation", splits.validation())) {
        return without("the data are not those that the run was trained on any more");
      }
      List<String> missing = new ArrayList<>();
      List<Evaluation.Sample> samples =
          measured == null ? List.of()
              : PicturesOfARun.samples(measured, splits.validation(), missing);
      RunPictures made =
          PicturesOfARun.of(
              config, splits, model.preprocessing(), order(config, splits), model.model(), backend, samples,
              () -> false);
      missing.addAll(made.missing());
      return new RunPictures(made.seen(), made.heats(), missing);
    } catch (IOException | RuntimeException e) {
      return without(String.valueOf(e.getMessage()));
    }
  }

  private static EpochOrder order(TrainConfig config, DataSplits splits) {
    return TrainingTasks.of(config.loss().task(), config.loss(), config.mixing(), config.seed(), splits,
        config.segmentation()).order();
  }

  /** Opens data. */
  @FunctionalInterface
  public interface Opening {
    /**
     * Opens them.
     *
     * @throws IOException if they cannot be read
     */
    DataSplits open() throws IOException;
  }

  private static RunPictures without(String reason) {
    return new RunPictures(
        List.of(), List.of(), List.of("What the model saw and heat maps are not shown: " + reason));
  }

  /** What a run of before there were fingerprints was trained on cannot be known. */
  private static boolean isChanged(RunResults run, String part, Dataset data) throws IOException {
    String known = run.facts().get("fingerprint of " + part + " data");
    String now = data.fingerprint().map(Fingerprint::digest).orElse(null);
    return known != null && !known.equals(now);
  }
}
