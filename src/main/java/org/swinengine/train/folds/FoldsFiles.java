package org.swinengine.train.folds;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.swinengine.backend.Backend;
import org.swinengine.data.Dataset;
import org.swinengine.data.FoldedData;
import org.swinengine.data.segmentation.SegmentationDataset;
import org.swinengine.inference.Ensemble;
import org.swinengine.inference.Evaluation;
import org.swinengine.inference.Evaluator;
import org.swinengine.inference.FoldsFolder;
import org.swinengine.inference.LoadedModel;
import org.swinengine.inference.segmentation.CleanUp;
import org.swinengine.metrics.ClassificationFigures;
import org.swinengine.metrics.Figure;
import org.swinengine.metrics.Predictions;
import org.swinengine.models.ModelSpec;
import org.swinengine.report.EvaluationSummary;
import org.swinengine.report.Findings;
import org.swinengine.report.FoldsReport;
import org.swinengine.report.FoldsSummary;
import org.swinengine.report.PredictionsFile;
import org.swinengine.report.RunResults;
import org.swinengine.report.SegmentationSummary;
import org.swinengine.report.StoredRun;
import org.swinengine.report.Summarizer;
import org.swinengine.report.TextFile;
import org.swinengine.train.TrainConfig;
import org.swinengine.train.TrainConfigFile;
import org.swinengine.train.TrainResult;
import org.swinengine.train.folder.RunFolder;
import org.swinengine.train.task.SegmentValidation;
import org.swinengine.train.tuning.BestMetric;

/** What all folds give together, and the files that tell it. */
final class FoldsFiles {
  /** Sample predictions on the page, half of them mistakes, as in a run's report. */
  private static final int SAMPLES = 24;

  static final String PREDICTIONS = "predictions.csv";

  private final RunFolder folder;
  private final TrainConfig config;
  private final FoldedData data;
  private final Backend backend;

  /** @param config with the data's classes */
  FoldsFiles(RunFolder folder, TrainConfig config, FoldedData data, Backend backend) {
    this.folder = folder;
    this.config = config;
    this.data = data;
    this.backend = backend;
  }

  /**
   * Measures and writes. All is made anew from the folds, whatever was there before; the file that says that
   * the run is complete comes before the page alone, which {@code report} makes again.
   *
   * @param folds the results of all
   * @param seconds until now
   */
  FoldsResult write(List<TrainResult> folds, double seconds) throws IOException {
    if (folds.get(0).validation() instanceof SegmentValidation) {
      return ofPixels(folds, seconds);
    }
    return FoldsAnswers.areThose(folds) ? ofAnswers(folds, seconds) : ofImages(folds, seconds);
  }

  private FoldsResult ofImages(List<TrainResult> folds, double seconds) throws IOException {
    Evaluation pooled = pooled(folds);
    Predictions said = Objects.requireNonNull(pooled.predictions());
    ClassificationFigures figures = ClassificationFigures.of(said, config.seed());
    Dataset whole = data.whole();
    PredictionsFile.write(folder.path().resolve(PREDICTIONS), said, whole::name, whole.classNames());
    FoldsSummary summary =
        new FoldsSummary(config.seed(), each(folds), spreads(folds, figures), test(folds));
    RunResults results =
        results(
            pooled.top1(), Summarizer.of(pooled, figures, whole::name), null, findings(folds, pooled),
            PREDICTIONS);
    return complete(folds, pooled, summary, results, seconds);
  }

  private FoldsResult complete(
      List<TrainResult> folds, @Nullable Evaluation pooled, FoldsSummary summary, RunResults results,
      double seconds) throws IOException {
    StoredRun.write(folder.path(), results);
    TextFile.replace(folder.path().resolve(FoldsFolder.FILE), summary.toJson());
    TextFile.replace(folder.report(), FoldsReport.html(folder.path()));
    return new FoldsResult(
        TrainResult.Status.COMPLETED, folder.path(), List.copyOf(folds), pooled, summary, seconds);
  }

  /** Where images may have several classes. */
  private FoldsResult ofAnswers(List<TrainResult> folds, double seconds) throws IOException {
    Dataset whole = data.whole();
    FoldsAnswers answers = FoldsAnswers.of(whole, folds, data.members(), config.seed());
    answers.write(folder.path().resolve(PREDICTIONS), whole);
    FoldsSummary.OfTest test = null;
    if (data.test().isPresent()) {
      Evaluator.Options how = Evaluator.Options.of(config.batchSize(), config.workers());
      test = answers.test(models(folds), data.test().get(), how);
    }
    FoldsSummary summary =
        new FoldsSummary(
            config.seed(), each(folds), answers.spreads(folds), test,
            Arrays.stream(answers.thresholds()).boxed().toList(), null);
    RunResults results =
        results(Double.NaN, answers.summary(whole), null, findingsOfEach(folds), PREDICTIONS);
    return complete(folds, null, summary, results, seconds);
  }

  /** Where each pixel has a class. */
  private FoldsResult ofPixels(List<TrainResult> folds, double seconds) throws IOException {
    SegmentedFolds pixels = new SegmentedFolds(folds, data, config);
    pixels.writeCases(folder.path().resolve(SegmentedFolds.CASES));
    Ensemble models = models(folds);
    CleanUp cleanUp = pixels.cleanUp(models);
    FoldsSummary summary =
        new FoldsSummary(
            config.seed(), each(folds), pixels.spreads(), data.test().isEmpty() ? null
                : pixels.test((SegmentationDataset) data.test().get(), models),
            null, cleanUp == null ? null : cleanUp.toJson());
    RunResults results =
        results(
            Double.NaN, null, pixels.summary(), findingsOfEach(folds), SegmentedFolds.CASES,
            cleanUp == null ? Map.of()
                : Map.of(
                    "clean-up", pixels.text(cleanUp)
                        + "; eval and predict do it, figures here are without"));
    return complete(folds, null, summary, results, seconds);
  }

  private static Evaluation evaluation(TrainResult fold) {
    return Objects.requireNonNull(fold.evaluation(), "the fold is complete");
  }

  private static Predictions predictions(TrainResult fold) {
    return Objects.requireNonNull(evaluation(fold).predictions(), "an evaluator keeps them");
  }

  /** All images, each by the fold that was measured on it. */
  private Evaluation pooled(List<TrainResult> folds) {
    Dataset whole = data.whole();
    Predictions said =
        Predictions.joined(folds.stream().map(FoldsFiles::predictions).toList(), data.members())
            .inGroups(Evaluator.groups(whole));
    int[][] confusion = said.confusion();
    double loss = 0;
    int five = 0;
    int first = 0;
    for (int i = 0; i < said.size(); i++) {
      loss += said.logLoss(i);
      first += said.place(i) == 0 ? 1 : 0;
      five += said.place(i) < 5 ? 1 : 0;
    }
    int n = said.size();
    return new Evaluation(
        n, loss / n, 100.0 * first / n, 100.0 * five / n, confusion,
        Evaluation.perClass(confusion, whole.classNames()), samples(folds), said);
  }

  /** The most confident mistakes of all folds, and others of each. */
  private static List<Evaluation.Sample> samples(List<TrainResult> folds) {
    List<Evaluation.Sample> all = new ArrayList<>();
    folds.forEach(fold -> all.addAll(evaluation(fold).samples()));
    List<Evaluation.Sample> chosen = new ArrayList<>(
        all.stream()
            .filter(sample -> !sample.isRight())
            .sorted((a, b) -> Double.compare(b.probability(), a.probability()))
            .limit(SAMPLES / 2)
            .toList());
    List<Evaluation.Sample> others = all.stream().filter(sample -> !chosen.contains(sample)).toList();
    int stride = Math.max(1, others.size() / (SAMPLES / 2));
    for (int i = 0; i < others.size() && chosen.size() < SAMPLES; i += stride) {
      chosen.add(others.get(i));
    }
    return List.copyOf(chosen);
  }

  private List<FoldsSummary.OfFold> each(List<TrainResult> folds) {
    List<FoldsSummary.OfFold> each = new ArrayList<>();
    for (int f = 0; f < folds.size(); f++) {
      TrainResult fold = folds.get(f);
      each.add(
          new FoldsSummary.OfFold(
              String.valueOf(fold.folder().getFileName()), data.folds().get(f).train().size(),
              data.members().get(f).length, fold.history().size(), fold.bestEpoch()));
    }
    return List.copyOf(each);
  }

  private static List<FoldsSummary.Spread> spreads(List<TrainResult> folds, ClassificationFigures pooled) {
    List<ClassificationFigures> each =
        folds.stream().map(fold -> ClassificationFigures.of(predictions(fold), 0, 0)).toList();
    return pooled.figures().stream()
        .map(
            figure -> new FoldsSummary.Spread(
                figure,
                each.stream()
                    .map(one -> one.figure(figure.key()).map(Figure::value).orElse(Double.NaN)).toList()))
        .toList();
  }

  /** What the mean of all models gives on images that no fold has seen. */
  private FoldsSummary.@Nullable OfTest test(List<TrainResult> folds) throws IOException {
    if (data.test().isEmpty()) {
      return null;
    }
    Dataset test = data.test().get();
    Evaluation evaluation =
        models(folds)
            .evaluate(test, null, Evaluator.Options.of(config.batchSize(), config.workers()));
    Predictions said = Objects.requireNonNull(evaluation.predictions());
    return new FoldsSummary.OfTest(
        test.description(), test.size(), ClassificationFigures.of(said, config.seed()).figures());
  }

  private Ensemble models(List<TrainResult> folds) {
    List<LoadedModel> models = new ArrayList<>();
    for (TrainResult fold : folds) {
      models.add(LoadedModel.open(fold.folder().resolve("best.safetensors"), backend));
    }
    return Ensemble.of(models);
  }

  private RunResults results(
      double top1, @Nullable EvaluationSummary ofImages, @Nullable SegmentationSummary ofPixels,
      List<String> findings, String answers) throws IOException {
    return results(top1, ofImages, ofPixels, findings, answers, Map.of());
  }

  private RunResults results(
      double top1, @Nullable EvaluationSummary ofImages, @Nullable SegmentationSummary ofPixels,
      List<String> findings, String answers, Map<String, String> more) throws IOException {
    Dataset whole = data.whole();
    ModelSpec spec = config.model();
    BestMetric metric = config.fineTuning().bestMetric();
    String tested =
        data.test().map(part -> String.format(Locale.ROOT, ", %,d test images", part.size())).orElse("");
    return new RunResults(
        String.valueOf(folder.path().getFileName()),
        String.format(
            Locale.ROOT, "%s: %,d images in %d folds, %d classes%s", whole.description(), whole.size(),
            data.count(), whole.classNames().size(), tested),
        String.format(
            Locale.ROOT, "%d models %s, %d×%d×%d, on %s", data.count(), spec.name(), spec.imageHeight(),
            spec.imageWidth(), spec.channels(), backend.describe()),
        facts(spec, answers, more),
        null,
        List.of(),
        0,
        top1,
        metric == BestMetric.ACCURACY ? null : metric.text(),
        ofImages,
        ofPixels,
        findings,
        null,
        TrainConfigFile.write(config));
  }

  /** Of all images together, and what is wrong with the training of one fold. */
  private List<String> findings(List<TrainResult> folds, Evaluation pooled) {
    List<String> names = data.whole().classNames();
    List<String> all =
        new ArrayList<>(Findings.of(List.of(), pooled, Findings.samples(data.whole()), names));
    all.addAll(findingsOfEach(folds));
    return List.copyOf(all);
  }

  private List<String> findingsOfEach(List<TrainResult> folds) {
    List<String> all = new ArrayList<>();
    for (int f = 0; f < folds.size(); f++) {
      for (String finding : Findings.of(folds.get(f).history(), null, null, data.whole().classNames())) {
        all.add("fold " + (f + 1) + ": " + finding);
      }
    }
    return List.copyOf(all);
  }

  private Map<String, String> facts(ModelSpec spec, String answers, Map<String, String> more)
      throws IOException {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("folds", Integer.toString(data.count()));
    facts.put("Java", System.getProperty("java.version"));
    facts.put("model", spec.name());
    facts.put("device", backend.describe());
    facts.put("seed", Long.toString(config.seed()));
    facts.put("images", Integer.toString(data.whole().size()));
    facts.put("predictions", answers + ", of each image by the fold that"
        + " has not learnt from it");
    facts.putAll(more);
    data.whole().fingerprint()
        .ifPresent(print -> facts.put("fingerprint of validation data", print.digest()));
    return facts;
  }
}
