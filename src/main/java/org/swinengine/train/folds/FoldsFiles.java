package org.swinengine.train.folds;

import java.io.IOException;
import java.nio.file.Path;
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
import org.swinengine.inference.Ensemble;
import org.swinengine.inference.Evaluation;
import org.swinengine.inference.Evaluator;
import org.swinengine.inference.FoldsFolder;
import org.swinengine.inference.LoadedModel;
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
import org.swinengine.report.StoredRun;
import org.swinengine.report.Summarizer;
import org.swinengine.report.TextFile;
import org.swinengine.train.TrainConfig;
import org.swinengine.train.TrainConfigFile;
import org.swinengine.train.TrainResult;
import org.swinengine.train.folder.RunFolder;
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
    return FoldsAnswers.areThose(folds) ? answers(folds, seconds) : classes(folds, seconds);
  }

  private FoldsResult classes(List<TrainResult> folds, double seconds) throws IOException {
    Evaluation pooled = pooled(folds);
    Predictions said = Objects.requireNonNull(pooled.predictions());
    ClassificationFigures figures = ClassificationFigures.of(said, config.seed());
    Dataset whole = data.whole();
    PredictionsFile.write(folder.path().resolve(PREDICTIONS), said, whole::name, whole.classNames());
    List<List<Figure>> each =
        folds.stream().map(fold -> ClassificationFigures.of(predictions(fold), 0, 0).figures()).toList();
    FoldsSummary summary =
        new FoldsSummary(
            config.seed(), each(folds), spreads(each, figures.figures()), test(folds, null), null);
    return write(
        folds, summary, Summarizer.of(pooled, figures, whole::name), pooled, pooled.top1(), seconds);
  }

  private FoldsResult answers(List<TrainResult> folds, double seconds) throws IOException {
    Dataset whole = data.whole();
    FoldsAnswers answers = FoldsAnswers.of(whole, folds, data.members(), config.seed());
    answers.write(folder.path().resolve(PREDICTIONS), whole);
    FoldsSummary summary =
        new FoldsSummary(
            config.seed(), each(folds),
            spreads(folds.stream().map(answers::figures).toList(), answers.figures()), test(folds, answers),
            Arrays.stream(answers.thresholds()).boxed().toList());
    return write(folds, summary, answers.summary(), null, Double.NaN, seconds);
  }

  /** @param pooled of images of one class each; null of others */
  private FoldsResult write(
      List<TrainResult> folds, FoldsSummary summary, EvaluationSummary shown, @Nullable Evaluation pooled,
      double top1, double seconds) throws IOException {
    StoredRun.write(folder.path(), results(folds, shown, pooled, top1));
    TextFile.replace(folder.path().resolve(FoldsFolder.FILE), summary.toJson());
    TextFile.replace(folder.report(), FoldsReport.html(folder.path()));
    return new FoldsResult(
        TrainResult.Status.COMPLETED, folder.path(), List.copyOf(folds), pooled, summary, seconds);
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

  private static List<FoldsSummary.Spread> spreads(List<List<Figure>> each, List<Figure> pooled) {
    return pooled.stream()
        .map(
            figure -> new FoldsSummary.Spread(
                figure,
                each.stream()
                    .map(
                        one -> one.stream().filter(its -> its.key().equals(figure.key()))
                            .map(Figure::value).findFirst().orElse(Double.NaN))
                    .toList()))
        .toList();
  }

  /** What the mean of all models gives on images that no fold has seen. */
  private FoldsSummary.@Nullable OfTest test(List<TrainResult> folds, @Nullable FoldsAnswers answers)
      throws IOException {
    if (data.test().isEmpty()) {
      return null;
    }
    Dataset test = data.test().get();
    List<LoadedModel> models = new ArrayList<>();
    for (TrainResult fold : folds) {
      models.add(LoadedModel.open(fold.folder().resolve("best.safetensors"), backend));
    }
    Evaluator.Options how = Evaluator.Options.of(config.batchSize(), config.workers());
    if (answers != null) {
      return new FoldsSummary.OfTest(
          test.description(), test.size(), answers.test(Ensemble.of(models), test, how));
    }
    Evaluation evaluation = Ensemble.of(models).evaluate(test, null, how);
    Predictions said = Objects.requireNonNull(evaluation.predictions());
    return new FoldsSummary.OfTest(
        test.description(), test.size(), ClassificationFigures.of(said, config.seed()).figures());
  }

  private RunResults results(
      List<TrainResult> folds, EvaluationSummary shown, @Nullable Evaluation pooled, double top1)
      throws IOException {
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
        facts(spec),
        null,
        List.of(),
        0,
        top1,
        metric == BestMetric.ACCURACY ? null : metric.text(),
        shown,
        findings(folds, pooled),
        null,
        TrainConfigFile.write(config));
  }

  /** Of all images together, and what is wrong with the training of one fold. */
  private List<String> findings(List<TrainResult> folds, @Nullable Evaluation pooled) {
    List<String> names = data.whole().classNames();
    List<String> all =
        new ArrayList<>(
            pooled == null
                ? List.of()
                : Findings.of(List.of(), pooled, Findings.samples(data.whole()), names));
    for (int f = 0; f < folds.size(); f++) {
      for (String finding : Findings.of(folds.get(f).history(), null, null, names)) {
        all.add("fold " + (f + 1) + ": " + finding);
      }
    }
    return List.copyOf(all);
  }

  private Map<String, String> facts(ModelSpec spec) throws IOException {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("folds", Integer.toString(data.count()));
    facts.put("Java", System.getProperty("java.version"));
    facts.put("model", spec.name());
    facts.put("device", backend.describe());
    facts.put("seed", Long.toString(config.seed()));
    facts.put("images", Integer.toString(data.whole().size()));
    Path parent = folder.path();
    facts.put("predictions", parent.resolve(PREDICTIONS).getFileName() + ", of each image by the fold that"
        + " has not learnt from it");
    data.whole().fingerprint()
        .ifPresent(print -> facts.put("fingerprint of validation data", print.digest()));
    return facts;
  }
}
