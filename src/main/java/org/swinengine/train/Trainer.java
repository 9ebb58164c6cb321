package org.swinengine.train;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.swinengine.backend.Backend;
import org.swinengine.data.BuiltInData;
import org.swinengine.data.DataSplits;
import org.swinengine.data.DatasetOptions;
import org.swinengine.data.Datasets;
import org.swinengine.data.Decoding;
import org.swinengine.data.FoldedData;
import org.swinengine.data.ImagePipeline;
import org.swinengine.data.segmentation.BuiltInNuclei;
import org.swinengine.data.segmentation.SegmentationData;
import org.swinengine.data.segmentation.SegmentationOptions;
import org.swinengine.fit.TrainingDivergedException;
import org.swinengine.models.LoadReport;
import org.swinengine.report.BatchPicture;
import org.swinengine.report.RunPictures;
import org.swinengine.report.RunResults;
import org.swinengine.train.folder.RunFolder;
import org.swinengine.train.settings.SegmentationSettings;
import org.swinengine.train.pictures.PicturesAnew;
import org.swinengine.train.task.TrainingTasks;
import org.swinengine.train.tuning.FeatureSource;
import org.swinengine.weights.StateDict;

/**
 * Trains a model into a run folder.
 *
 * <pre>{@code
 * try (Backend backend = Backends.open("auto", 0)) {
 *   TrainResult result = new Trainer(TrainConfig.builtIn(), backend, TrainListener.SILENT).run();
 * }
 * }</pre>
 *
 * <p>The same configuration and data give the same weights, to the last bit, on the {@code cpu} backend:
 * whatever the number of threads and workers, and whether the run went through at once or was killed and
 * resumed.
 */
public final class Trainer {
  private static final int MOST_SHOWN = 64;

  private final TrainConfig config;
  private final @Nullable DataSplits data;
  private final Backend backend;
  private final TrainListener listener;
  private final FeatureSource features;
  private final StopRequest stop = new StopRequest();
  private RateFinder.@Nullable Found rates;

  /** A run on the data that the configuration names. */
  public Trainer(TrainConfig config, Backend backend, TrainListener listener) {
    this(config, null, backend, listener);
  }

  /**
   * A run on other data than the configuration names.
   *
   * @param data the data; null: as the configuration says
   */
  public Trainer(TrainConfig config, @Nullable DataSplits data, Backend backend, TrainListener listener) {
    this(config, data, backend, listener, FeatureSource.OWN);
  }

  /**
   * A run that shares the features of a frozen backbone with others.
   *
   * @param data the data; null: as the configuration says
   * @param features where they come from, if the run needs any
   */
  public Trainer(
      TrainConfig config, @Nullable DataSplits data, Backend backend, TrainListener listener,
      FeatureSource features) {
    this.config = config;
    this.data = data;
    this.backend = backend;
    this.listener = listener;
    this.features = features;
  }

  /**
   * Runs, or goes on with a run, until all epochs are done or {@link #requestStop} was called.
   *
   * @throws TrainingDivergedException if a loss or gradient is no finite number; the last checkpoint stays
   * @throws IllegalArgumentException if the data and the configuration do not fit together; also its
   *     subclasses
   * @throws org.swinengine.inference.CheckpointException if the run to resume was another one
   * @throws org.swinengine.weights.WeightFileException if a checkpoint cannot be read or written
   * @throws org.swinengine.backend.DeviceException if the device failed. Nothing is saved from it: the last
   *     checkpoint stays, and a run that resumes from it on a sound device ends with the same bits
   * @throws org.swinengine.backend.DeviceOutOfMemoryError if the device's memory is too small; the last
   *     checkpoint stays
   * @throws java.util.concurrent.CancellationException if {@link #requestStop} was called before the run had
   *     a folder; nothing is written then
   * @throws IOException if data cannot be read, or the run folder cannot be used or written. All messages are
   *     sentences for the user
   */
  public TrainResult run() throws IOException {
    // Before the data are looked at, which would be understood in another way.
    TrainingTasks.requireModel(config.loss().task(), config.model());
    if (config.resume()) {
      RunFolder.requireFree(config.output(), config.tag());
    }
    DataSplits splits = data != null ? data : open(config);
    // The folder comes after all checks of what goes into it, so that bad input leaves no empty folder
    // behind.
    try (TrainingRun run = new TrainingRun(config, splits, backend, listener, stop, features)) {
      if (rates != null) {
        run.keep(rates);
      }
      return run.run();
    }
  }

  /**
   * Keeps with the run how its learning rate was found, for its report.
   *
   * @param found what {@link RateFinder} gave; null: the rate was given
   */
  public Trainer withRates(RateFinder.@Nullable Found found) {
    rates = found;
    return this;
  }

  /**
   * Makes the pictures of a run's report anew: the first that it was trained on, and heat maps of its worst
   * mistakes.
   *
   * @param folder of the run
   * @param run what {@link org.swinengine.report.StoredRun} reads there
   * @return as far as its data and its best weights are there, with sentences on what could not be made
   */
  public static RunPictures pictures(Path folder, RunResults run, Backend backend) {
    TrainConfig config = TrainConfigFile.parse(run.configuration(), folder.resolve("config.yaml").toString());
    return PicturesAnew.of(folder, run, config, () -> open(config), backend);
  }

  /**
   * Opens the data that a configuration names.
   *
   * @throws IOException if they cannot be read; also its subclass {@link
   *     org.swinengine.data.DatasetException}
   */
  public static DataSplits open(TrainConfig config) throws IOException {
    Path place = config.data();
    if (TrainingTasks.isSegmentation(config.loss().task(), config.model())) {
      if (place == null && config.segmentation().neighbourSlices() > 0) {
        throw new IllegalArgumentException(
            "`neighbourSlices` is for volumes, which the built-in nuclei are not; name data of your own");
      }
      if (place == null && config.segmentation().overlappingLabels() == SegmentationSettings.Overlapping.ON) {
        throw new IllegalArgumentException(
            "`overlappingLabels` on is for classes that may overlap, and the built-in nuclei have one; name"
                + " data of your own");
      }
      return place == null ? BuiltInNuclei.splits() : SegmentationData.open(place, masked(config));
    }
    return place == null ? BuiltInData.splits() : Datasets.open(place, reading(config));
  }

  /**
   * Opens the data that a configuration names for a cross-validation.
   *
   * @param folds their number, at least 2
   * @throws IOException as {@link #open}, and if there are fewer groups, or images, than folds
   */
  public static FoldedData open(TrainConfig config, int folds) throws IOException {
    Path place = config.data();
    if (TrainingTasks.isSegmentation(config.loss().task(), config.model())) {
      return place == null
          ? FoldedData.of(BuiltInNuclei.splits(), folds, config.seed())
          : SegmentationData.at(place, masked(config)).folds(folds, config.seed());
    }
    return place == null
        ? FoldedData.of(BuiltInData.splits(), folds, config.seed())
        : FoldedData.open(place, folds, reading(config));
  }

  private static DatasetOptions reading(TrainConfig config) {
    return DatasetOptions.DEFAULT
        .withValidationFraction(config.validationFraction())
        .withSeed(config.seed())
        .withSampleRange(config.sampleRange())
        .withColumns(config.division().columns())
        .withGroupPattern(config.division().groups())
        .withExifOrientation(config.pictures().exifOrientation());
  }

  /**
   * What a run begins with.
   *
   * @param weights the model's, those of a new head included, with what a checkpoint says of model, classes
   *     and preprocessing: a run that has them as its {@link
   *     org.swinengine.train.tuning.FineTuning#weights first weights} begins with the same bits
   * @param report what loading first weights did; null where they are fresh
   */
  public record Start(StateDict weights, @Nullable LoadReport report) {}

  /**
   * Checks that a run can begin, without a folder.
   *
   * @param data the data of the run
   * @throws IOException if data or weights cannot be read; other exceptions are those of {@link #run}
   */
  public static Start start(TrainConfig config, DataSplits data, Backend backend) throws IOException {
    TrainingTasks.requireModel(config.loss().task(), config.model());
    try (TrainingSetup setup = new TrainingSetup(config, data, backend)) {
      StateDict.Builder dict = StateDict.builder();
      dict.metadata(
          CheckpointFile.metadata(config, setup.model().spec(), data.classNames(), setup.preprocessing()));
      CheckpointFile.putWeights(dict, setup.model());
      return new Start(dict.build(), setup.firstWeights());
    }
  }

  private static SegmentationOptions masked(TrainConfig config) {
    String table = config.segmentation().classTable();
    return SegmentationOptions.DEFAULT
        .withDivision(config.validationFraction(), config.seed())
        .withClassTable(table.isEmpty() ? null : Path.of(table))
        .withIgnored(config.segmentation().ignored())
        .withColumns(config.division().columns())
        .withNeighbours(config.segmentation().neighbourSlices())
        .withOverlapping(config.segmentation().overlappingLabels().chosen())
        .withDecoding(
            Decoding.DEFAULT
                .withRange(config.sampleRange())
                .withExifOrientation(config.pictures().exifOrientation()));
  }

  /**
   * Writes a picture of what the model of a run would see first, before images are mixed with each other.
   * Nothing is trained, and no run folder is made.
   *
   * @param data the images; null: what the configuration names
   * @param file a name that ends in {@code .png}
   * @return how many images it shows: a batch, at most 64
   * @throws IOException with a sentence for the user if data cannot be read or the file not be written
   */
  public static int showBatch(TrainConfig config, @Nullable DataSplits data, Path file) throws IOException {
    TrainingTasks.requireModel(config.loss().task(), config.model());
    DataSplits splits = data != null ? data : open(config);
    ImagePipeline pipeline =
        config.augmentation().pipeline(InputOfARun.preprocessing(config, splits), config.colours());
    int count = Math.min(splits.train().size(), Math.min(config.batchSize(), MOST_SHOWN));
    BatchPicture.write(file, splits.train(), pipeline, config.seed(), 0, count);
    return count;
  }

  /**
   * Asks the run to stop after the present step; it saves a checkpoint that continues it and returns with
   * {@link TrainResult.Status#INTERRUPTED}. May be called from any thread.
   *
   * @return whether there is something to save; where there is not, the run never begins, and {@link #run}
   *     throws a {@link java.util.concurrent.CancellationException}
   */
  public boolean requestStop() {
    return stop.request();
  }
}
