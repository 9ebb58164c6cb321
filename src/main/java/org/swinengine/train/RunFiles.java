package org.swinengine.train;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.swinengine.console.PlainText;
import org.swinengine.data.DataSplits;
import org.swinengine.data.SkippedFile;
import org.swinengine.data.segmentation.SegmentationDataset;
import org.swinengine.inference.CalibrationFit;
import org.swinengine.inference.CheckpointException;
import org.swinengine.inference.EngineCheckpoint;
import org.swinengine.inference.Evaluation;
import org.swinengine.inference.Evaluator;
import org.swinengine.inference.LoadedModel;
import org.swinengine.inference.TrainedData;
import org.swinengine.inference.segmentation.CleanUp;
import org.swinengine.inference.segmentation.PictureScale;
import org.swinengine.inference.segmentation.SegmentationEvaluator;
import org.swinengine.inference.segmentation.Segmenter;
import org.swinengine.metrics.segmentation.EmptyMasks;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.ModelWeights;
import org.swinengine.optim.WeightAverage;
import org.swinengine.report.EpochMetrics;
import org.swinengine.report.EvaluationSummary;
import org.swinengine.report.EventFile;
import org.swinengine.report.Report;
import org.swinengine.report.RunPictures;
import org.swinengine.report.RunResults;
import org.swinengine.report.StoredRun;
import org.swinengine.report.SuspectLabels;
import org.swinengine.report.TextFile;
import org.swinengine.train.folder.RunFolder;
import org.swinengine.train.folder.RunFolderException;
import org.swinengine.train.pictures.PicturesOfARun;
import org.swinengine.train.settings.Keeping;
import org.swinengine.train.settings.SegmentationSettings;
import org.swinengine.train.task.Validation;
import org.swinengine.train.tuning.BestMetric;
import org.swinengine.train.tuning.Teacher;
import org.swinengine.weights.Safetensors;

/** What a run writes to its folder, and reads back when it goes on. */
final class RunFiles implements AutoCloseable {
  private final TrainingSetup setup;
  private final TrainListener listener;
  private final RunFolder folder;
  private final Map<String, String> metadata;
  private List<EpochMetrics> history = new ArrayList<>();
  private @Nullable EventFile events;
  private @Nullable String cleaning;
  private int skippedWritten;
  private int epochsBefore;
  private long lastSave = System.nanoTime();

  /** Makes the folder, or takes that of the run to resume. */
  RunFiles(TrainingSetup setup, TrainListener listener) throws IOException {
    this.setup = setup;
    this.listener = listener;
    TrainConfig config = setup.config();
    epochsBefore = config.epochs();
    metadata =
        CheckpointFile.metadata(
            config, setup.model().spec(), setup.data().splits().classNames(), setup.preprocessing());
    TrainedData.of(setup.data().splits(), config.validationFraction(), config.seed())
        .ifPresent(data -> metadata.put(TrainedData.KEY, data.toJson()));
    if (setup.data().splits().train() instanceof SegmentationDataset pictures) {
      ModelSpec spec = setup.model().spec();
      PictureScale.of(pictures, spec.imageHeight(), spec.imageWidth())
          .ifPresent(scale -> metadata.put(PictureScale.KEY, scale.toJson()));
    }
    String libraries = setup.backend().libraries();
    if (!libraries.isEmpty()) {
      metadata.put(CheckpointFile.LIBRARIES, libraries);
    }
    metadata.put(RunPrecision.KEY, RunPrecision.of(setup.backend()).text());
    Teacher teacher = setup.teacher();
    if (teacher != null) {
      metadata.put(CheckpointFile.TEACHER, teacher.fingerprint());
    }
    folder =
        config.resume()
            ? RunFolder.resume(config.output(), config.tag())
            : RunFolder.create(config.output(), config.tag());
  }

  RunFolder folder() {
    return folder;
  }

  /** Metrics of each epoch. */
  List<EpochMetrics> history() {
    return List.copyOf(history);
  }

  /** Metrics of an epoch, from 1; null for 0. */
  @Nullable
  EpochMetrics metricsOf(int epoch) {
    return epoch == 0 ? null : history.get(epoch - 1);
  }

  /** Epochs that the run was to have before it was resumed. */
  int epochsBefore() {
    return epochsBefore;
  }

  /** The configuration with the data's classes. */
  private TrainConfig complete() {
    return setup.config().toBuilder().model(setup.model().spec()).build();
  }

  /**
   * Begins a run, or restores one.
   *
   * @return where it stands
   */
  TrainingProgress begin() throws IOException {
    TrainConfig config = setup.config();
    TrainingProgress progress = TrainingProgress.start(setup.data().splits().train().size());
    if (config.resume()) {
      progress = restore();
    } else {
      TextFile.replace(folder.metrics(), "");
    }
    TextFile.replace(folder.config(), TrainConfigFile.write(complete()));
    events = EventFile.begin(folder.path(), history);
    writeSkipped();
    if (!config.resume()) {
      // So that a run which is killed in its first epoch can go on, too.
      saveLast(progress);
    }
    return progress;
  }

  private TrainingProgress restore() throws IOException {
    if (!Files.exists(folder.last())) {
      throw new RunFolderException(
          "cannot resume the run in " + folder.path()
              + ": it has no last.safetensors, because it ended before its first checkpoint; start it anew"
              + " without `resume`");
    }
    CheckpointFile.Resumed resumed =
        CheckpointFile.restoreLast(folder.last(), setup, metadata);
    TrainingProgress progress = resumed.progress();
    epochsBefore = resumed.epochs();
    int images = setup.data().splits().train().size();
    if (progress.trainingImages() != images && setup.config().keeping().acceptChangedData()) {
      progress = progress.withTrainingImages(images);
    }
    if (progress.trainingImages() != images) {
      throw new CheckpointException(
          "cannot resume the run in " + folder.path() + ": it was trained on " + progress.trainingImages()
              + " images, but the data now have " + images);
    }
    history = folder.cutMetrics(progress.epoch());
    if (setup.config().keeping().acceptChangedData()) {
      // From now on the run is bound to these data, also where there is nothing left to do.
      saveLast(progress);
    }
    return progress;
  }

  /** Whether the steps or minutes have passed after which a run is to be saved within an epoch. */
  boolean isSaveDue() {
    Keeping keeping = setup.config().keeping();
    long done = setup.optimizer().steps();
    boolean steps = keeping.saveEverySteps() > 0 && done % keeping.saveEverySteps() == 0;
    boolean minutes =
        keeping.saveEveryMinutes() > 0 && System.nanoTime() - lastSave >= keeping.saveEveryMinutes() * 60e9;
    return steps || minutes;
  }

  void saveLast(TrainingProgress progress) {
    CheckpointFile.writeLast(
        folder.last(), setup.model(), setup.optimizer(), setup.average(), metadata, progress);
    lastSave = System.nanoTime();
    listener.checkpoint(folder.last());
  }

  /**
   * Writes an epoch. Order matters for a process that is killed in between: a line of metrics without its
   * checkpoint is cut off by resuming, and a best file of the future is written again; the reverse would lose
   * a line.
   *
   * @param said what the best file says of its weights, if they are these
   * @param progress with the epoch
   */
  void saveEpoch(EpochMetrics metrics, Map<String, String> said, TrainingProgress progress)
      throws IOException {
    folder.appendMetrics(metrics);
    Objects.requireNonNull(events, "begin comes first").append(metrics);
    history.add(metrics);
    if (progress.bestEpoch() == metrics.epoch()) {
      try (WeightAverage.Swap averaged = setup.averaged()) {
        CheckpointFile.writeBest(folder.best(), setup.model(), metadata, metrics, said);
      }
      listener.checkpoint(folder.best());
    }
    saveLast(progress);
    writeSkipped();
  }

  private void writeSkipped() throws IOException {
    List<SkippedFile> skipped = setup.data().splits().skipped();
    if (skipped.size() != skippedWritten) {
      TextFile.replace(
          folder.skipped(),
          skipped.stream().map(file -> PlainText.line(file.toString()) + "\n").collect(Collectors.joining()));
      skippedWritten = skipped.size();
    }
  }

  /** Gives the model the weights of the best epoch. */
  void loadBest() {
    ModelWeights.load(setup.model(), Safetensors.read(folder.best()), folder.best().toString());
  }

  /**
   * Puts into the best checkpoint how sure it may be. Killed before, the run does it when it is resumed, to
   * the same bytes.
   *
   * @param ofBest how good it is on the validation images
   */
  void calibrate(Validation ofBest) throws IOException {
    DataSplits splits = setup.data().splits();
    boolean proper =
        splits.train() != splits.validation()
            && TrainedData.of(metadata, folder.path().toString()).filter(TrainedData::isOfOnePart).isEmpty();
    CalibrationFit measured = ofBest.calibration(splits.validation());
    if (measured == null) {
      return;
    }
    CalibrationFit fit = proper ? measured : CalibrationFit.ofTrainingImages();
    if (EngineCheckpoint.calibrate(folder.best(), fit.calibration())) {
      listener.checkpoint(folder.best());
    }
    listener.calibrated(fit);
  }

  /**
   * Chooses what predictions lose and puts it into the best checkpoint, if it was asked for. Killed before,
   * the run does it when it is resumed, to the same bytes.
   *
   * @param cancelled whether the run was asked to stop
   * @throws java.util.concurrent.CancellationException if it was
   */
  void cleanUp(BooleanSupplier cancelled) throws IOException {
    boolean chosen = setup.config().segmentation().cleanUp() == SegmentationSettings.CleaningUp.VALIDATION;
    if (!chosen || !(setup.data().splits().validation() instanceof SegmentationDataset validation)) {
      return;
    }
    // As eval and predict see pictures.
    Segmenter segmenter =
        new Segmenter(LoadedModel.open(folder.best(), setup.backend()), Segmenter.Options.WHOLE);
    CleanUp cleanUp =
        SegmentationEvaluator.chooseCleanUp(
            segmenter, validation, null, EmptyMasks.DEFINED,
            Evaluator.Options.of(1, 0).cancelledBy(cancelled));
    if (EngineCheckpoint.say(folder.best(), CleanUp.KEY, cleanUp.toJson())) {
      listener.checkpoint(folder.best());
    }
    cleaning = cleanUp.text(validation.classes().names());
  }

  /**
   * Writes results and report.
   *
   * @param suspects training labels that are probably wrong; null: they were not looked for
   * @param cancelled true does without what takes a while: pictures
   */
  void writeReport(TrainResult result, @Nullable SuspectLabels suspects, BooleanSupplier cancelled)
      throws IOException {
    TrainConfig config = setup.config();
    BestMetric metric = config.fineTuning().bestMetric();
    ModelSpec spec = setup.model().spec();
    DataSplits splits = setup.data().splits();
    Validation validation = result.validation();
    RunResults results =
        new RunResults(
            result.folder().getFileName().toString(),
            splits.description(),
            String.format(
                Locale.ROOT, "%s, %d×%d×%d, %,d parameters, on %s", spec.name(), spec.imageHeight(),
                spec.imageWidth(), spec.channels(), setup.elements(true), setup.backend().describe()),
            facts(spec, splits),
            result.status() == TrainResult.Status.INTERRUPTED ? result.steps() : null,
            result.history(),
            result.bestEpoch(),
            result.bestTop1(),
            metric == BestMetric.ACCURACY ? null : metric.text(),
            validation == null ? null : validation.summary(splits.validation()::name, config.seed()),
            validation == null ? null : validation.segmentation(config.seed()),
            setup.task().findings(result.history(), validation),
            suspects == null ? null : suspects.ofPage(),
            TrainConfigFile.write(complete()));
    if (validation != null && results.segmentation() == null) {
      pictures(result.evaluation(), results.evaluation(), cancelled).write(folder.path());
    }
    StoredRun.write(folder.path(), results);
    // As it can be made again from the folder at any time.
    TextFile.replace(folder.report(), Report.ofFolder(folder.path()));
  }

  /** Those of the best weights, which the model has afterwards. */
  private RunPictures pictures(
      @Nullable Evaluation evaluation, @Nullable EvaluationSummary summary, BooleanSupplier cancelled) {
    loadBest();
    DataSplits splits = setup.data().splits();
    List<Evaluation.Sample> samples =
        evaluation != null ? evaluation.samples()
            : summary == null ? List.of()
                : PicturesOfARun.samples(summary, splits.validation(), new ArrayList<>());
    return PicturesOfARun.of(
        setup.config(), splits, setup.preprocessing(), setup.task().order(), setup.model(), setup.backend(),
        samples, cancelled);
  }

  /** What identifies the run beside its configuration. */
  private Map<String, String> facts(ModelSpec spec, DataSplits splits) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("engine", "Swin Engine " + metadata.get("engine_version"));
    facts.put("Java", System.getProperty("java.version"));
    facts.put("model", spec.name());
    facts.put("device", setup.backend().describe());
    facts.put("seed", Long.toString(setup.config().seed()));
    facts.put("training images", Integer.toString(splits.train().size()));
    if (cleaning != null) {
      facts.put("clean-up", cleaning + "; eval and predict do it, figures here are without");
    }
    facts.put("validation images", Integer.toString(splits.validation().size()));
    TrainedData.of(metadata, folder.path().toString()).ifPresent(data -> {
      data.fingerprint("train").ifPresent(digest -> facts.put("fingerprint of training data", digest));
      data.fingerprint("validation").ifPresent(digest -> facts.put("fingerprint of validation data", digest));
    });
    return facts;
  }

  @Override
  public void close() {
    folder.close();
  }
}
