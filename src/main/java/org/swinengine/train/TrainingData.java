package org.swinengine.train;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;
import org.swinengine.backend.Backend;
import org.swinengine.data.BatchLoader;
import org.swinengine.data.DataSplits;
import org.swinengine.data.LoaderOptions;
import org.swinengine.inference.ModelInput;
import org.swinengine.inference.Preprocessing;
import org.swinengine.models.ClassificationModel;
import org.swinengine.models.Model;
import org.swinengine.report.SuspectLabels;
import org.swinengine.train.folder.RunFolder;
import org.swinengine.train.settings.PictureCache;
import org.swinengine.train.task.TrainingTask;
import org.swinengine.train.tuning.CacheFeatures;
import org.swinengine.train.tuning.FeatureSource;
import org.swinengine.train.tuning.FeatureStore;
import org.swinengine.train.tuning.LabelCheck;

/** What a run reads: images, or from {@link #computeFeatures} on what a frozen backbone has made of them. */
final class TrainingData implements AutoCloseable {
  private final TrainConfig config;
  private final DataSplits splits;
  private final TrainingTask task;
  private final ModelInput trainingImages;
  private final ModelInput validationImages;
  private final Preprocessing preprocessing;
  private final Backend backend;

  /** Computed when they are needed first. */
  private final List<FeatureStore> features = new ArrayList<>();

  private ModelInput training;
  private ModelInput validation;
  private BatchLoader loader;

  TrainingData(
      TrainConfig config, DataSplits splits, TrainingTask task, Preprocessing preprocessing,
      Backend backend) {
    this.backend = backend;
    this.task = task;
    this.config = config;
    this.splits = splits;
    this.preprocessing = preprocessing;
    PictureCache cache = config.keeping().cache();
    long all = (long) splits.train().size() + splits.validation().size();
    trainingImages =
        task.input(
            cache.around(splits.train(), all),
            config.augmentation().pipeline(preprocessing, config.colours()));
    validationImages =
        task.input(cache.around(splits.validation(), all), preprocessing.pipeline());
    training = trainingImages;
    validation = validationImages;
    loader = training.loader(order(), task.order());
  }

  private LoaderOptions order() {
    return LoaderOptions.training(config.batchSize(), config.seed(), config.workers())
        .withPixels(backend.prefersPixels());
  }

  /** The parts, with their classes. */
  DataSplits splits() {
    return splits;
  }

  /** What the loader's batches are. */
  ModelInput training() {
    return training;
  }

  ModelInput validation() {
    return validation;
  }

  BatchLoader loader() {
    return loader;
  }

  /**
   * Optimizer steps of an epoch.
   *
   * @throws IllegalArgumentException if there is not one
   */
  int stepsPerEpoch() {
    int steps = loader.batchesPerEpoch() / config.accumulationSteps();
    if (steps == 0) {
      throw new IllegalArgumentException(
          "one optimizer step takes " + config.imagesPerStep() + " images (`batchSize` " + config.batchSize()
              + ", `accumulationSteps` " + config.accumulationSteps() + "), but "
              + splits.train().description()
              + " has " + splits.train().size() + "; choose fewer accumulation steps or a smaller batch");
    }
    return steps;
  }

  /** Whether features are there, so that images are not read any more. */
  boolean hasFeatures() {
    return !features.isEmpty();
  }

  /**
   * Computes the features of all images.
   *
   * @param source of features
   * @param folder for those that are too many for the memory
   * @param done is told how many images are done
   * @throws java.util.concurrent.CancellationException if the run was asked to stop
   */
  void computeFeatures(
      FeatureSource source, Model model, Backend backend, RunFolder folder, IntConsumer done,
      BooleanSupplier cancelled)
      throws IOException {
    LoaderOptions loading = LoaderOptions.evaluation(config.batchSize(), config.workers());
    ClassificationModel classifier = (ClassificationModel) model;
    FeatureStore ofTraining =
        source.features(
            new FeatureSource.Request(
                classifier, backend, loading, folder.path().resolve(".features-train.tmp"), done, cancelled),
            (ModelInput.Images) trainingImages, true);
    features.add(ofTraining);
    int before = splits.train().size();
    FeatureStore ofValidation =
        source.features(
            new FeatureSource.Request(
                classifier, backend, loading, folder.path().resolve(".features-val.tmp"),
                count -> done.accept(before + count), cancelled),
            (ModelInput.Images) validationImages, false);
    features.add(ofValidation);
    training = ofTraining;
    validation = ofValidation;
    loader.close();
    loader = training.loader(order(), task.order());
  }

  /**
   * Training labels that are probably wrong.
   *
   * @param caches whether features are kept in this run, which are then those that the head learnt from
   * @param folder for features that are too many for the memory, which are not used then
   * @throws java.util.concurrent.CancellationException if the run was asked to stop
   */
  SuspectLabels suspects(
      Model model, Backend backend, RunFolder folder, boolean caches, BooleanSupplier cancelled)
      throws IOException {
    ModelInput.Images images = (ModelInput.Images) trainingImages;
    ModelInput.Images plain =
        caches ? images : new ModelInput.Images(images.dataset(), preprocessing.pipeline());
    LoaderOptions options = LoaderOptions.evaluation(config.batchSize(), config.workers());
    LabelCheck check =
        new LabelCheck(
            config.keeping().suspectLabels(), config.seed(), config.fineTuning().lastFreeze().isBackbone());
    if (caches && hasFeatures()) {
      return check.of(plain, options, features.get(0), cancelled);
    }
    try (FeatureStore store =
        FeatureStore.compute(
            (ClassificationModel) model, backend, plain, true, options, CacheFeatures.memoryBound(),
            folder.path().resolve(".features-train.tmp"), done -> {}, cancelled)) {
      return check.of(plain, options, store, cancelled);
    }
  }

  /** Reads images from now on, also where there are features, which are forgotten. */
  void readImages() throws IOException {
    if (hasFeatures()) {
      closeFeatures();
      training = trainingImages;
      validation = validationImages;
      loader.close();
      loader = training.loader(order(), task.order());
    }
  }

  private void closeFeatures() {
    features.forEach(FeatureStore::close);
    features.clear();
  }

  @Override
  public void close() {
    loader.close();
    closeFeatures();
  }
}
