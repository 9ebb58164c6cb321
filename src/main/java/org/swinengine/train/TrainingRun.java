package org.swinengine.train;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.backend.Backend;
import org.swinengine.console.PeakMemory;
import org.swinengine.data.Batch;
import org.swinengine.data.BatchLoader;
import org.swinengine.data.BuiltInData;
import org.swinengine.data.DataSplits;
import org.swinengine.data.LoaderOptions;
import org.swinengine.data.Normalize;
import org.swinengine.data.SkippedFile;
import org.swinengine.inference.CheckpointException;
import org.swinengine.inference.EngineCheckpoint;
import org.swinengine.inference.Evaluation;
import org.swinengine.inference.Evaluator;
import org.swinengine.inference.ModelInput;
import org.swinengine.inference.Preprocessing;
import org.swinengine.inference.WeightSource;
import org.swinengine.models.ClassificationModel;
import org.swinengine.models.LoadReport;
import org.swinengine.models.Model;
import org.swinengine.models.ModelCost;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.ModelWeights;
import org.swinengine.models.Models;
import org.swinengine.optim.AdamW;
import org.swinengine.optim.Optimizer;
import org.swinengine.optim.Schedule;
import org.swinengine.report.EpochMetrics;
import org.swinengine.report.Report;
import org.swinengine.report.RunResults;
import org.swinengine.report.TextFile;
import org.swinengine.train.tuning.BestMetric;
import org.swinengine.train.tuning.CacheFeatures;
import org.swinengine.train.tuning.FeatureStore;
import org.swinengine.train.tuning.RateFactors;
import org.swinengine.weights.Safetensors;

/** The state of one run and its loop. */
final class TrainingRun implements AutoCloseable {
  private static final int REPORT_SAMPLES = 24;
  private static final int MEASURED_IMAGES = 1000;

  private final TrainConfig config;
  private final DataSplits data;
  private final Backend backend;
  private final TrainListener listener;
  private final BooleanSupplier stopRequested;

  private final Preprocessing preprocessing;
  private final Model model;
  private final ParameterArena arena;
  private final AdamW optimizer;
  private final TrainingStep step;
  private final Schedule schedule;
  private final boolean cachesFeatures;
  private final int stepsPerEpoch;
  private final Map<String, String> metadata;
  private final RunFolder folder;

  /** What the first weights were; null: fresh ones, or a resumed run's. */
  private final LoadReport firstWeights;

  private BatchLoader loader;
  private ModelInput validation;

  /** Computed when they are needed first. */
  private final List<FeatureStore> features = new ArrayList<>();

  private TrainingProgress progress;
  private List<EpochMetrics> history = new ArrayList<>();
  private int skippedWritten;
  private long lastSave = System.nanoTime();

  TrainingRun(
      TrainConfig config, DataSplits data, Backend backend, TrainListener listener,
          BooleanSupplier stopRequested)
      throws IOException {
    this.config = config;
    this.data = data;
    this.backend = backend;
    this.listener = listener;
    this.stopRequested = stopRequested;
    config.model().requireClassification("train");
    ModelSpec spec = config.model().withClasses(data.classNames().size());
    WeightSource first = firstWeights();
    preprocessing = preprocessing(spec, first);
    model = Models.create(spec);
    config.fineTuning().freeze().apply(model);
    cachesFeatures = config.fineTuning().cacheFeatures().decide(config.fineTuning(), config.augmentation().options(), model, backend);
    ModelInput training = trainingImages();
    validation = validationImages();
    loader = training.loader(trainingOrder());
    try {
      stepsPerEpoch = stepsPerEpoch();
      arena =
          first == null
              ? new ParameterArena(backend, model.parameters(), config.seed())
              : new ParameterArena(backend, model.parameters(), config.seed(), first.given(model));
      firstWeights = first == null ? null : first.load(model, data.classNames());
      optimizer =
          new AdamW(
              arena,
              AdamW.Options.DEFAULT
                  .withWeightDecay(config.weightDecay(), false)
                  .withClipNorm(config.clipNorm()),
              new RateFactors(model, config.fineTuning()));
      step = new TrainingStep(config, backend, model, arena, optimizer, training);
      schedule =
          Schedule.cosine(
              config.learningRate(),
              config.minimumRate(),
              config.warmupRate(),
              config.warmup(stepsPerEpoch),
              (long) config.epochs() * stepsPerEpoch);
      metadata = CheckpointFile.metadata(config, spec, data.classNames(), preprocessing);
      progress = TrainingProgress.start(data.train().size());
      folder =
          config.resume()
              ? RunFolder.resume(config.output(), config.tag())
              : RunFolder.create(config.output(), config.tag());
    } catch (IOException | RuntimeException | Error e) {
      loader.close();
      throw e;
    }
  }

  private ModelInput.Images trainingImages() {
    return new ModelInput.Images(data.train(), config.augmentation().pipeline(preprocessing));
  }

  private ModelInput.Images validationImages() {
    return new ModelInput.Images(data.validation(), preprocessing.pipeline());
  }

  private LoaderOptions trainingOrder() {
    return LoaderOptions.training(config.batchSize(), config.seed(), config.workers());
  }

  /**
   * Computes the features, where they are to be kept and are not there yet; from then on images are not read.
   *
   * @throws CancellationException if the run was asked to stop
   */
  private void prepareFeatures() throws IOException {
    if (!cachesFeatures || !features.isEmpty() || isOver()) {
      return;
    }
    FeatureStore training = features(trainingImages(), ".features-train.tmp", 0);
    features.add(training);
    FeatureStore validated = features(validationImages(), ".features-val.tmp", data.train().size());
    features.add(validated);
    step.takeFrom(training);
    validation = validated;
    loader.close();
    loader = training.loader(trainingOrder());
  }

  private FeatureStore features(ModelInput.Images images, String file, int before) throws IOException {
    int all = data.train().size() + data.validation().size();
    return FeatureStore.compute(
        (ClassificationModel) model,
        backend,
        images,
        LoaderOptions.evaluation(config.batchSize(), config.workers()),
        CacheFeatures.memoryBound(),
        folder.path().resolve(file),
        done -> listener.features(before + done, all),
        stopRequested);
  }

  /** A resumed run has its own weights. */
  private WeightSource firstWeights() {
    boolean fresh = config.fineTuning().weights() == null || config.resume();
    return fresh ? null : config.fineTuning().weights();
  }

  private Preprocessing preprocessing(ModelSpec spec, WeightSource first) throws IOException {
    Preprocessing usual = Preprocessing.of(spec, config.cropRatio());
    if (first != null) {
      return usual.withNormalize(first.preprocessing(spec).normalize());
    }
    Path last = config.output().resolve(config.tag()).resolve(RunFolder.LAST);
    if (config.resume() && config.fineTuning().weights() != null && Files.exists(last)) {
      // The first weights, which said how images are normalised, may be gone.
      return EngineCheckpoint.preprocessing(last);
    }
    if (spec.channels() == 1) {
      boolean builtIn = data.train() == BuiltInData.train();
      return usual.withNormalize(
          builtIn ? BuiltInData.NORMALIZE : Normalize.measure(data.train(), 1, MEASURED_IMAGES));
    }
    return usual;
  }

  private int stepsPerEpoch() {
    int steps = loader.batchesPerEpoch() / config.accumulationSteps();
    if (steps == 0) {
      throw new IllegalArgumentException(
          "one optimizer step takes " + config.imagesPerStep() + " images (batch size " + config.batchSize()
              + ", "
              + config.accumulationSteps() + " accumulation steps), but " + data.train().description()
              + " has "
              + data.train().size() + "; choose fewer accumulation steps or a smaller batch");
    }
    return steps;
  }

  TrainResult run() throws IOException {
    long start = System.nanoTime();
    if (config.resume()) {
      restore();
    } else {
      TextFile.replace(folder.metrics(), "");
    }
    TextFile.replace(
        folder.config(), TrainConfigFile.write(config.toBuilder().model(model.spec()).build()));
    writeSkipped();
    TrainResult.Status status = TrainResult.Status.COMPLETED;
    boolean prepared = prepare();
    while (!prepared || !isOver()) {
      if (!prepared || !epoch()) {
        saveLast();
        status = TrainResult.Status.INTERRUPTED;
        break;
      }
    }
    TrainResult result = result(status, start);
    listener.finished(result);
    return result;
  }

  /** Tells the listener and computes features; false if the run was asked to stop meanwhile. */
  private boolean prepare() throws IOException {
    try {
      listener.started(plan());
      prepareFeatures();
      return true;
    } catch (CancellationException e) {
      return false;
    }
  }

  private boolean isOver() {
    return progress.epoch() >= config.epochs() || isStuck();
  }

  /** Whether as many epochs as the patience allows have brought nothing better. */
  private boolean isStuck() {
    int patience = config.fineTuning().patience();
    int last = progress.advanceEpoch();
    return patience > 0 && last > 0 && progress.epoch() - last >= patience;
  }

  private void restore() throws IOException {
    if (!Files.exists(folder.last())) {
      throw new RunFolderException(
          "cannot resume the run in " + folder.path()
              + ": it has no last.safetensors, because it ended before its"
              + " first checkpoint; start it anew without --resume");
    }
    progress = CheckpointFile.restoreLast(folder.last(), config, model, arena, optimizer, metadata);
    if (progress.trainingImages() != data.train().size()) {
      throw new CheckpointException(
          "cannot resume the run in " + folder.path() + ": it was trained on " + progress.trainingImages()
              + " images, but the data now have " + data.train().size());
    }
    history = folder.cutMetrics(progress.epoch());
  }

  private TrainingPlan plan() {
    long steps = (long) config.epochs() * stepsPerEpoch;
    long imagesLeft = (steps - optimizer.steps()) * config.imagesPerStep();
    return new TrainingPlan(
        config,
        data.description(),
        data.classNames(),
        stepsPerEpoch * config.imagesPerStep(),
        data.validation().size(),
        model.spec(),
        elements(true),
        elements(false),
        firstWeights,
        CacheFeatures.line(
            cachesFeatures, config.fineTuning(), config.augmentation().options(), model, backend),
        ModelCost.of(model.spec()).operations(),
        stepsPerEpoch,
        config.warmup(stepsPerEpoch),
        backend.describe(),
        folder.path(),
        optimizer.steps(),
        data.skipped().size(),
        memory(),
        () -> estimate(imagesLeft));
  }

  private MemoryEstimate memory() {
    return cachesFeatures || !backend.name().equals("cpu")
        ? null
        : MemoryEstimate.of(
            model.spec(), config.fineTuning().freeze(), config.batchSize(), config.checkpointing(), true,
            backend);
  }

  private long elements(boolean trainable) {
    return model.parameters().stream()
        .filter(parameter -> parameter.isTrainable() == trainable)
        .mapToLong(parameter -> parameter.shape().elements())
        .sum();
  }

  private Estimate estimate(long imagesLeft) {
    try {
      prepareFeatures();
      return Estimate.measure(backend, arena, step, loader, progress.epoch(), imagesLeft);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Trains (the rest of) an epoch and validates it; false if it was asked to stop before the end. */
  private boolean epoch() throws IOException {
    long start = System.nanoTime();
    int first = progress.stepInEpoch();
    loader.startEpoch(progress.epoch(), first * config.accumulationSteps());
    double rate = schedule.rate(Math.max(0, optimizer.steps() - 1));
    while (progress.stepInEpoch() < stepsPerEpoch) {
      if (stopRequested.getAsBoolean()) {
        return false;
      }
      rate = schedule.rate(optimizer.steps());
      train(rate);
      listener.step(
          progress.epoch() + 1,
          progress.stepInEpoch(),
          stepsPerEpoch,
          progress.lossSum() / progress.stepInEpoch(),
          rate,
          imagesPerSecond(first, start));
      saveWhereDue();
    }
    double imagesPerSecond = imagesPerSecond(first, start);
    Evaluation evaluation;
    try {
      evaluation = evaluate(0);
    } catch (CancellationException e) {
      return false;
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    finishEpoch(evaluation, rate, imagesPerSecond, seconds);
    return true;
  }

  private double imagesPerSecond(int firstStep, long start) {
    double seconds = (System.nanoTime() - start) / 1e9;
    return (progress.stepInEpoch() - firstStep) * (double) config.imagesPerStep() / seconds;
  }

  private void train(double rate) throws IOException {
    long number = optimizer.steps();
    double loss = 0;
    for (int part = 0; part < config.accumulationSteps(); part++) {
      Batch batch = loader.next();
      loss += step.accumulate(batch, number, part) / config.accumulationSteps();
      batch.release();
      if (!Double.isFinite(loss)) {
        throw diverged(rate);
      }
    }
    Optimizer.StepResult result = step.update(rate);
    if (!result.finite()) {
      throw diverged(rate);
    }
    progress = progress.afterStep(loss, result.gradientNorm());
  }

  /**
   * Runs the step again to find out where it went wrong: random decisions repeat, and no weight has changed.
   */
  private TrainingDivergedException diverged(double rate) throws IOException {
    step.discard();
    loader.startEpoch(progress.epoch(), progress.stepInEpoch() * config.accumulationSteps());
    String where = null;
    for (int part = 0; part < config.accumulationSteps() && where == null; part++) {
      Batch batch = loader.next();
      where = step.firstNonFinite(batch, optimizer.steps(), part);
      batch.release();
    }
    if (where == null) {
      where = step.largestGradient();
    }
    int epoch = progress.epoch() + 1;
    long number = optimizer.steps() + 1;
    String kept =
        Files.exists(folder.last())
            ? "The last good checkpoint is " + folder.last() + "."
            : "There is no checkpoint yet.";
    return new TrainingDivergedException(
        "training diverged in epoch " + epoch + ", step " + number + " (learning rate " + rate + "): " + where
            + ". Lower the learning rate, warm up longer or clip gradients at a smaller norm. " + kept,
        epoch,
        number);
  }

  private void saveWhereDue() throws IOException {
    boolean steps = config.saveEverySteps() > 0 && optimizer.steps() % config.saveEverySteps() == 0;
    boolean minutes =
        config.saveEveryMinutes() > 0 && System.nanoTime() - lastSave >= config.saveEveryMinutes() * 60e9;
    if ((steps || minutes) && progress.stepInEpoch() < stepsPerEpoch) {
      saveLast();
    }
  }

  private void saveLast() {
    CheckpointFile.writeLast(folder.last(), model, arena, optimizer, metadata, progress);
    lastSave = System.nanoTime();
    listener.checkpoint(folder.last());
  }

  private Evaluation evaluate(int samples) throws IOException {
    return Evaluator.evaluate(
        model,
        data.validation(),
        validation,
        Evaluator.Options.of(config.batchSize(), config.workers())
            .withSamples(samples)
            .cancelledBy(stopRequested));
  }

  /**
   * Order matters for a process that is killed in between: a line of metrics without its checkpoint is cut
   * off by resuming, and a best file of the future is written again; the reverse would lose a line.
   */
  private void finishEpoch(Evaluation evaluation, double rate, double imagesPerSecond, double seconds)
      throws IOException {
    EpochMetrics metrics =
        new EpochMetrics(
            progress.epoch() + 1,
            optimizer.steps(),
            progress.lossSum() / stepsPerEpoch,
            evaluation.loss(),
            evaluation.top1(),
            evaluation.top5(),
            evaluation.macroF1(),
            rate,
            progress.normSum() / stepsPerEpoch,
            imagesPerSecond,
            seconds,
            PeakMemory.megabytes());
    folder.appendMetrics(metrics);
    history.add(metrics);
    progress = progress.afterEpoch(metrics, config.fineTuning());
    if (progress.bestEpoch() == metrics.epoch()) {
      CheckpointFile.writeBest(folder.best(), model, metadata, metrics);
      listener.checkpoint(folder.best());
    }
    saveLast();
    writeSkipped();
    listener.epoch(metrics);
  }

  private void writeSkipped() throws IOException {
    List<SkippedFile> skipped = data.skipped();
    if (skipped.size() != skippedWritten) {
      TextFile.replace(
          folder.skipped(), skipped.stream().map(file -> file + "\n").collect(Collectors.joining()));
      skippedWritten = skipped.size();
    }
  }

  private TrainResult result(TrainResult.Status status, long start) throws IOException {
    Evaluation evaluation = null;
    if (status == TrainResult.Status.COMPLETED) {
      ModelWeights.load(model, Safetensors.read(folder.best()), folder.best().toString());
      try {
        evaluation = evaluate(REPORT_SAMPLES);
      } catch (CancellationException e) {
        // All weights are written; whoever is in a hurry does without the report's pictures.
        status = TrainResult.Status.INTERRUPTED;
      }
    }
    TrainResult result =
        new TrainResult(
            status,
            folder.path(),
            List.copyOf(history),
            optimizer.steps(),
            progress.bestEpoch(),
            progress.bestTop1(),
            (System.nanoTime() - start) / 1e9,
            evaluation);
    TextFile.replace(folder.report(), Report.html(results(result)));
    return result;
  }

  private RunResults results(TrainResult result) {
    BestMetric metric = config.fineTuning().bestMetric();
    ModelSpec spec = model.spec();
    return new RunResults(
        result.folder().getFileName().toString(),
        data.description(),
        String.format(
            Locale.ROOT, "%s, %d×%d×%d, %,d parameters, on %s", spec.name(), spec.imageHeight(), spec.imageWidth(),
            spec.channels(), elements(true), backend.describe()),
        data.classNames(),
        result.status() == TrainResult.Status.INTERRUPTED ? result.steps() : null,
        result.history(),
        result.bestEpoch(),
        result.bestTop1(),
        metric == BestMetric.ACCURACY ? null : metric.text(),
        result.evaluation(),
        TrainConfigFile.write(config));
  }

  @Override
  public void close() {
    loader.close();
    features.forEach(FeatureStore::close);
    folder.close();
  }
}
