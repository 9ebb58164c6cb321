package org.swinengine.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.swinengine.backend.Backend;
import org.swinengine.console.Durations;
import org.swinengine.data.BuiltInData;
import org.swinengine.data.Dataset;
import org.swinengine.data.SkippedFile;
import org.swinengine.data.segmentation.SegmentationOptions;
import org.swinengine.inference.Ensemble;
import org.swinengine.inference.EnsembleData;
import org.swinengine.inference.Evaluation;
import org.swinengine.inference.EvaluationData;
import org.swinengine.inference.Evaluator;
import org.swinengine.inference.LoadedModel;
import org.swinengine.inference.MultiLabelEvaluation;
import org.swinengine.inference.segmentation.MeasuredPart;
import org.swinengine.metrics.ClassificationFigures;
import org.swinengine.metrics.MultiLabelFigures;
import org.swinengine.metrics.Predictions;
import org.swinengine.models.ModelConfigException;
import org.swinengine.report.EvaluationReport;
import org.swinengine.report.EvaluationSummary;
import org.swinengine.report.Findings;
import org.swinengine.report.MultiLabelPredictionsFile;
import org.swinengine.report.MultiLabelSummary;
import org.swinengine.report.PredictionsFile;
import org.swinengine.report.RunPictures;
import org.swinengine.report.Summarizer;
import org.swinengine.train.pictures.PicturesOfARun;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code eval}: how good a trained model is. */
@Command(
    name = "eval",
    description = "Measures a trained model on labelled images: accuracy, AUC, balanced accuracy, macro-F1"
        + " and more with 95 %% intervals, and each class; of a model that says yes or no to each class mean"
        + " AUC, mean average precision, F1; of models that segment, on pictures with masks, Dice, IoU"
        + " and the distance of surfaces.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    footer = {
      "", "Example:", "  swin-engine eval flowers --weights runs/flowers/best.safetensors"
    })
final class EvalCommand implements Callable<Integer> {
  private static final int REPORT_SAMPLES = 24;

  @Spec
  private CommandSpec command;
  @Mixin
  private WeightsOptions weights;
  @Mixin
  private PreprocessingOptions input;

  @Mixin
  private Measured images;
  @Mixin
  private Work work;

  @Mixin
  private Written written;

  @Mixin
  private EvalCertainty certainty;
  @Mixin
  private TestTimeOption views;
  @Mixin
  private SegmentOptions pixels;
  @Mixin
  private SegmentMeasureOptions measuring;
  @Mixin
  private DeviceOptions device;
  @Mixin
  private JsonOption json;

  /** Which images are measured. */
  private static final class Measured {
    @Option(
        names = "--data-path",
        paramLabel = "DIR",
        description = "Images, as train takes them; a test part alone or some of the classes will do."
            + " Default: the built-in test images.")
    private Path option;

    @Mixin
    private DataArgument argument;

    @Option(
        names = "--split",
        paramLabel = "auto|all|train|val|test",
        defaultValue = "auto",
        description = "Which of the images: auto is their test part, or else their validation part; where"
            + " they have neither, the part that training set aside if they are its data, and else all."
            + " Default: ${DEFAULT-VALUE}.")
    private EvaluationData.Split split;

    @Option(
        names = "--val-fraction",
        paramLabel = "F",
        description = "Share of each class to set aside for validation, where the data have no such part;"
            + " with --seed. Default: what the checkpoint says of its training.")
    private Double validationFraction;

    @Mixin
    private ListOptions list;

    /** The data; null: the built-in ones. */
    private Path data() {
      return argument.or(option);
    }
  }

  /** Files beside what is printed. */
  private static final class Written {
    @Option(
        names = "--report",
        paramLabel = "FILE",
        description = "Also write an HTML report: confusion matrix, classes, curves, the worst mistakes.")
    private Path report;

    @Option(
        names = "--predictions",
        paramLabel = "FILE.csv|FILE.jsonl",
        description = "Also write a line for each image: its class, the predicted one, all probabilities.")
    private Path predictions;
  }

  /** How the images are gone through, which changes no figure. */
  private static final class Work {
    @Option(
        names = "--batch-size",
        paramLabel = "N",
        defaultValue = "64",
        description = "Images of a pass. Default: ${DEFAULT-VALUE}.")
    private int batchSize;

    @Option(
        names = "--workers",
        paramLabel = "N",
        defaultValue = "1",
        description = "Threads that prepare images. Default: ${DEFAULT-VALUE}.")
    private int workers;
  }

  @Override
  public Integer call() throws IOException {
    // Two different ones are refused before a model is read.
    images.data();
    if (work.batchSize < 1 || work.workers < 0) {
      throw new ParameterException(
          command.commandLine(),
          "--batch-size must be at least 1 and --workers at least 0, not " + work.batchSize + " and "
              + work.workers);
    }
    if (written.predictions != null) {
      PredictionsFile.requireKnown(written.predictions);
    }
    certainty.check(views.text());
    try (Backend backend = device.open()) {
      Ensemble models = weights.openAll(input, backend);
      LoadedModel loaded = models.first();
      if (pixels.isMeant(loaded)) {
        return segment(models, backend);
      }
      if (measuring.isGiven()) {
        throw new ParameterException(
            command.commandLine(), "--empty-masks and --spacing are for models that give each pixel a class");
      }
      certainty.requireOne(models.size());
      certainty.prepare(loaded, weights);
      EnsembleData found = measured(models);
      EvaluationData measured = found.data();
      Dataset dataset = measured.dataset();
      long start = System.nanoTime();
      double[] thresholds = models.thresholds().orElse(null);
      if (thresholds != null) {
        answers(models, found, thresholds, backend);
        return 0;
      }
      int samples = written.report == null ? 0 : REPORT_SAMPLES;
      Evaluator.Options how = Evaluator.Options.of(work.batchSize, work.workers).withSamples(samples);
      Evaluation evaluation = models.evaluate(dataset, found.learnt(), views.get(), how);
      double seconds = (System.nanoTime() - start) / 1e9;
      Predictions said = evaluation.predictions();
      ClassificationFigures figures = ClassificationFigures.of(said, device.seed());
      certainty.measure(evaluation, dataset, device.seed());
      if (written.predictions != null) {
        PredictionsFile.write(written.predictions, said, dataset::name, dataset.classNames());
      }
      if (written.report != null) {
        write(
            loaded, dataset, backend, seconds, findings(evaluation, dataset),
            Summarizer.of(evaluation, figures, dataset::name),
            pictures(loaded, evaluation.samples()));
      }
      if (json.isOn()) {
        command.commandLine().getOut().println(toJson(loaded, measured, evaluation, figures));
      } else {
        show(loaded, measured, evaluation, figures, backend);
      }
    }
    return 0;
  }

  private int segment(Ensemble models, Backend backend) throws IOException {
    boolean sets =
        Stream.of("--coverage", "--store-calibration")
            .anyMatch(command.commandLine().getParseResult()::hasMatchedOption);
    if (views.get() != null || sets) {
      throw new ParameterException(
          command.commandLine(),
          "--tta, --coverage and --store-calibration are for models that classify whole images; --mirror"
              + " takes the mean over mirror images here, and predict writes masks");
    }
    if (written.predictions != null && !written.predictions.toString().endsWith(".csv")) {
      throw new ParameterException(
          command.commandLine(),
          "--predictions " + written.predictions + " must end in .csv: a line for each case and class");
    }
    SegmentEval eval =
        new SegmentEval(command, pixels, measuring, models, Math.min(work.batchSize, 8), device.seed());
    eval.measure(split -> masked(models, split), images.split, weights.file());
    if (written.predictions != null) {
      eval.cases(written.predictions);
    }
    if (written.report != null) {
      eval.report(written.report, "with the weights " + weights.file() + ", on " + backend.describe());
    }
    if (json.isOn()) {
      command.commandLine().getOut().println(eval.toJson());
    } else {
      eval.show(backend.describe());
    }
    return 0;
  }

  private MeasuredPart masked(Ensemble models, EvaluationData.Split wanted) throws IOException {
    if (images.data() == null) {
      return MeasuredPart.builtIn(models.first());
    }
    boolean seedGiven = command.commandLine().getParseResult().hasMatchedOption("--seed");
    SegmentationOptions how =
        SegmentationOptions.DEFAULT
            .withClassTable(pixels.classTable())
            .withIgnored(pixels.ignored())
            .withColumns(images.list.columns());
    double fraction =
        images.validationFraction == null ? how.validationFraction() : images.validationFraction;
    return MeasuredPart.open(
        images.data(), models, how.withDivision(fraction, device.seed()), wanted,
        seedGiven || images.validationFraction != null);
  }

  /** Of a model that says yes or no to each class. */
  private void answers(Ensemble models, EnsembleData found, double[] thresholds, Backend backend)
      throws IOException {
    LoadedModel loaded = models.first();
    EvaluationData measured = found.data();
    Dataset dataset = measured.dataset();
    long start = System.nanoTime();
    Evaluator.Options how = Evaluator.Options.of(work.batchSize, work.workers);
    MultiLabelEvaluation evaluation =
        models.evaluateAnswers(dataset, found.learnt(), views.get(), how);
    double seconds = (System.nanoTime() - start) / 1e9;
    MultiLabelFigures figures =
        MultiLabelFigures.of(
            evaluation.answers(), thresholds, evaluation.groups(), MultiLabelFigures.DRAWS, device.seed());
    if (written.predictions != null) {
      MultiLabelPredictionsFile.write(written.predictions, evaluation, thresholds, dataset::name);
    }
    if (written.report != null) {
      EvaluationSummary summary = MultiLabelSummary.of(evaluation, figures, dataset);
      write(
          loaded, dataset, backend, seconds, List.of(), summary,
          pictures(loaded, PicturesOfARun.samples(summary, dataset, new ArrayList<>())));
    }
    if (json.isOn()) {
      ObjectNode node = described(loaded, measured);
      EvalAnswers.put(evaluation, figures, node);
      skipped(dataset, node);
      command.commandLine().getOut().println(node);
    } else {
      PrintWriter out = command.commandLine().getOut();
      introduce(loaded, measured, backend, out);
      EvalAnswers.show(evaluation, figures, out);
    }
  }

  private void write(
      LoadedModel loaded, Dataset dataset, Backend backend, double seconds, List<String> said,
      EvaluationSummary summary, RunPictures pictures)
      throws IOException {
    EvaluationReport.write(
        written.report,
        loaded.model().spec().name(),
        "with the weights " + weights.file() + ", on " + backend.describe(),
        dataset.description(),
        facts(dataset, backend, seconds),
        said,
        summary,
        pictures);
  }

  /** Heat maps, where there are some of such a model. */
  private static RunPictures pictures(LoadedModel loaded, List<Evaluation.Sample> samples)
      throws IOException {
    try {
      return new RunPictures(
          List.of(),
          PicturesOfARun.heatsOf(
              loaded.model(), loaded.backend(), loaded.preprocessing(), samples, () -> false),
          List.of());
    } catch (ModelConfigException e) {
      return RunPictures.NONE;
    }
  }

  private static List<String> findings(Evaluation evaluation, Dataset dataset) {
    return Findings.of(List.of(), evaluation, null, dataset.classNames());
  }

  private Map<String, String> facts(Dataset dataset, Backend backend, double seconds) throws IOException {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("engine", new Version().getVersion()[0]);
    facts.put("Java", System.getProperty("java.version"));
    facts.put("weights", weights.file().toString());
    facts.put("data", images.data() == null ? "built-in" : images.data().toString());
    dataset.fingerprint().ifPresent(print -> facts.put("fingerprint of the data", print.digest()));
    facts.put("device", backend.describe());
    facts.put("batch", Integer.toString(work.batchSize));
    facts.put("seed of the intervals", Long.toString(device.seed()));
    facts.put("duration", Durations.text(seconds));
    return facts;
  }

  private EnsembleData measured(Ensemble models) throws IOException {
    if (images.data() == null) {
      if (images.split != EvaluationData.Split.AUTO || images.validationFraction != null) {
        throw new ParameterException(command.commandLine(), "--split and --val-fraction go with --data-path");
      }
      return EnsembleData.of(BuiltInData.test(), models);
    }
    boolean seedGiven = command.commandLine().getParseResult().hasMatchedOption("--seed");
    Long seed = seedGiven ? device.seed() : null;
    return EnsembleData.open(
        images.data(), models,
        new EvaluationData.Options(
            images.split, images.validationFraction, seed, images.list.columns(),
            images.list.groupPattern()));
  }

  /** What is measured, and with what. */
  private void introduce(LoadedModel loaded, EvaluationData measured, Backend backend, PrintWriter out) {
    Dataset dataset = measured.dataset();
    out.println("data      " + dataset.description());
    measured.notes().forEach(note -> out.println("note      " + SettingNames.inOptions(note, command)));
    if (!dataset.skipped().isEmpty()) {
      out.println("skipped   " + dataset.skipped().size() + " unreadable images:");
      dataset.skipped().forEach(file -> out.println("          " + file));
    }
    dataset.remarks().forEach(
        remark -> out.println("note      " + SettingNames.inOptions(remark, command)));
    out.println("model     " + loaded.model().spec().name() + " from " + weights.file());
    if (loaded.report().isPlain()) {
      out.println("weights   " + loaded.report());
    }
    if (views.text() != null) {
      out.println("views     " + views.text() + ", mean of the probabilities");
    }
    out.println("device    " + backend.describe());
    out.println();
  }

  private void show(
      LoadedModel loaded, EvaluationData measured, Evaluation evaluation, ClassificationFigures figures,
      Backend backend) {
    PrintWriter out = command.commandLine().getOut();
    Dataset dataset = measured.dataset();
    introduce(loaded, measured, backend, out);
    // Of a thousand classes a test folder of one's own has a few.
    List<Evaluation.ClassMetrics> shown = evaluation.perClass().stream().filter(c -> c.images() > 0).toList();
    int width =
        Math.max(5, shown.stream().mapToInt(c -> c.name().length()).max().orElse(0));
    out.printf("%-" + width + "s %7s %10s %7s %7s%n", "class", "images", "precision", "recall", "F1");
    for (Evaluation.ClassMetrics c : shown) {
      out.printf(
          Locale.ROOT,
          "%-" + width + "s %7d %10.3f %7.3f %7.3f%n",
          c.name(),
          c.images(),
          c.precision(),
          c.recall(),
          c.f1());
    }
    EvalFigures.show(figures, dataset.classNames(), out);
    certainty.show(dataset.classNames(), out);
    findings(evaluation, dataset)
        .forEach(finding -> out.println("look      " + SettingNames.inOptions(finding, command)));
    String five =
        dataset.classNames().size() > 5
            ? String.format(Locale.ROOT, ", top-5 %.2f %%", evaluation.top5())
            : "";
    out.printf(
        Locale.ROOT, "%n%d images: top-1 %.2f %%%s, loss %.4f%n", evaluation.images(), evaluation.top1(),
        five, evaluation.loss());
  }

  private ObjectNode described(LoadedModel loaded, EvaluationData measured) {
    Dataset dataset = measured.dataset();
    ObjectNode node = Json.object();
    node.put("model", loaded.model().spec().name());
    node.put("weights", weights.file().toString());
    node.put("data", dataset.description());
    ArrayNode notes = node.putArray("notes");
    measured.notes().forEach(note -> notes.add(SettingNames.inOptions(note, command)));
    if (views.text() != null) {
      node.put("views", views.text());
    }
    return node;
  }

  private static void skipped(Dataset dataset, ObjectNode node) {
    ArrayNode skipped = node.putArray("skipped");
    for (SkippedFile file : dataset.skipped()) {
      skipped.addObject().put("file", file.file()).put("reason", file.reason());
    }
  }

  private ObjectNode toJson(
      LoadedModel loaded, EvaluationData measured, Evaluation evaluation, ClassificationFigures figures) {
    ObjectNode node = described(loaded, measured);
    node.put("images", evaluation.images());
    node.put("top1", evaluation.top1());
    node.put("macro_f1", evaluation.macroF1());
    node.put("top5", evaluation.top5());
    node.put("loss", evaluation.loss());
    EvalFigures.put(figures, node);
    certainty.put(measured.dataset().classNames(), node);
    ArrayNode classes = node.putArray("classes");
    for (int c = 0; c < evaluation.perClass().size(); c++) {
      Evaluation.ClassMetrics metrics = evaluation.perClass().get(c);
      ObjectNode one =
          classes
              .addObject()
              .put("name", metrics.name())
              .put("images", metrics.images())
              .put("precision", metrics.precision())
              .put("recall", metrics.recall())
              .put("f1", metrics.f1());
      EvalFigures.put(figures.classes().get(c), one);
    }
    ArrayNode confusion = node.putArray("confusion");
    for (int[] row : evaluation.confusion()) {
      ArrayNode counts = confusion.addArray();
      for (int count : row) {
        counts.add(count);
      }
    }
    skipped(measured.dataset(), node);
    return node;
  }
}
