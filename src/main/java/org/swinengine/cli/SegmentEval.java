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
import java.util.Set;
import java.util.stream.Collectors;
import org.swinengine.inference.Ensemble;
import org.swinengine.inference.EvaluationData;
import org.swinengine.inference.Evaluator;
import org.swinengine.inference.segmentation.CleanUp;
import org.swinengine.inference.segmentation.MeasuredPart;
import org.swinengine.inference.segmentation.Segmenter;
import org.swinengine.inference.segmentation.SegmentationEvaluation;
import org.swinengine.inference.segmentation.SegmentationEvaluator;
import org.swinengine.metrics.Figure;
import org.swinengine.metrics.segmentation.PixelFigure;
import org.swinengine.report.CasesFile;
import org.swinengine.report.EvaluationReport;
import org.swinengine.report.SegmentationSummarizer;
import picocli.CommandLine.Model.CommandSpec;

/** {@code eval} of a model that gives each pixel a class, or of several. */
final class SegmentEval {
  /** Opens a part of the data. */
  interface Parts {
    MeasuredPart open(EvaluationData.Split split) throws IOException;
  }

  private final CommandSpec command;
  private final SegmentOptions options;
  private final SegmentMeasureOptions measuring;
  private final Ensemble models;
  private final Segmenter segmenter;
  private final long seed;
  private Path weights;
  private MeasuredPart measured;
  private CleanUp cleanUp = CleanUp.NONE;
  private SegmentationEvaluation evaluation;

  /**
   * @param batch windows that a model gets at once
   * @param seed of the intervals
   */
  SegmentEval(
      CommandSpec command, SegmentOptions options, SegmentMeasureOptions measuring, Ensemble models,
      int batch,
      long seed) {
    this.command = command;
    this.options = options;
    this.measuring = measuring;
    this.models = models;
    this.seed = seed;
    segmenter = options.of(models, batch);
  }

  /** Measures. */
  void measure(Parts parts, EvaluationData.Split split, Path ofWeights) throws IOException {
    weights = ofWeights;
    measured = parts.open(split);
    measuring.requireFitting(measured.dataset());
    Evaluator.Options how = Evaluator.Options.of(1, 0);
    cleanUp = options.stored(models);
    if (cleanUp.isOn() && wasChosenHere()) {
      List<String> notes = new ArrayList<>(measured.notes());
      notes.add("what is taken away was chosen in training on the very pictures that are measured");
      measured = new MeasuredPart(measured.dataset(), List.copyOf(notes), measured.learnt());
    }
    if (options.cleaningUp() == SegmentOptions.CleaningUp.VALIDATION) {
      MeasuredPart part = parts.open(EvaluationData.Split.VAL);
      cleanUp =
          SegmentationEvaluator.chooseCleanUp(
              segmenter, part.dataset(), part.learnt(), measuring.emptyMasks(), how);
      List<String> notes = new ArrayList<>(measured.notes());
      notes.add("what is taken away was chosen on " + part.dataset().size() + " pictures of "
          + part.dataset().description() + (isSame(part) ? ", the very ones that are measured" : ""));
      measured = new MeasuredPart(measured.dataset(), List.copyOf(notes), measured.learnt());
    }
    evaluation =
        SegmentationEvaluator.evaluate(
            segmenter, measured.dataset(), measured.learnt(), measuring.measuring(cleanUp), how);
  }

  private boolean wasChosenHere() throws IOException {
    boolean ofFolds = models.size() > 1 && models.said(CleanUp.KEY).isPresent();
    if (ofFolds) {
      return measured.learnt() != null && measured.learnt().hasLearners();
    }
    String own = measured.dataset().fingerprint().map(print -> print.digest()).orElse("");
    return models.members().stream()
        .anyMatch(
            one -> one.trainedData().flatMap(data -> data.fingerprint("validation")).filter(own::equals)
                .isPresent());
  }

  private boolean isSame(MeasuredPart part) throws IOException {
    return part.dataset().fingerprint().isPresent()
        && part.dataset().fingerprint().get().digest()
            .equals(measured.dataset().fingerprint().orElseThrow().digest());
  }

  private String model() {
    String name = models.first().model().spec().name();
    return models.size() == 1 ? name : models.size() + " models " + name;
  }

  private String views() {
    return options.text(models) + (models.size() == 1 ? "" : ", mean of the models' probabilities");
  }

  /** A line for each case and class. */
  void cases(Path file) throws IOException {
    CasesFile.write(file, evaluation);
  }

  void report(Path file, String about) throws IOException {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("engine", new Version().getVersion()[0]);
    facts.put("weights", weights.toString());
    facts.put("views", views());
    facts.put("clean-up", cleanUp.text(evaluation.classNames()));
    facts.put("empty masks", SegmentMeasureOptions.text(measuring.emptyMasks()));
    facts.put("seed of the intervals", Long.toString(seed));
    EvaluationReport.write(
        file, model(), about, measured.dataset().description(), facts,
        SegmentationSummarizer.of(evaluation, measured.dataset(), seed));
  }

  void show(String device) {
    PrintWriter out = command.commandLine().getOut();
    out.println("data      " + measured.dataset().description());
    measured.notes().forEach(note -> out.println("note      " + SettingNames.inOptions(note, command)));
    out.println("model     " + model() + " from " + weights);
    out.println("views     " + views());
    if (cleanUp.isOn()) {
      boolean anew = options.cleaningUp() == SegmentOptions.CleaningUp.VALIDATION;
      out.println(
          "clean-up  " + cleanUp.text(evaluation.classNames())
              + (anew ? "" : " (" + SegmentOptions.origin(models) + ")"));
    }
    out.println("device    " + device);
    out.println();
    List<String> names = evaluation.classNames();
    int width = Math.max(5, names.stream().mapToInt(String::length).max().orElse(0));
    for (int number = 1; number < names.size(); number++) {
      out.printf(
          "%-" + width + "s %s%n", names.get(number),
          evaluation.figures(number, seed).stream().filter(figure -> IN_LINE.contains(figure.key()))
              .map(figure -> PixelFigure.of(figure.key()).title() + " " + text(figure, figure.value()))
              .collect(Collectors.joining(", ")));
    }
    out.printf("%n%-24s %10s   %s%n", "figure", "value", "95 % interval");
    for (Figure figure : evaluation.figures(seed)) {
      out.printf(
          "%-24s %10s   %s to %s%n", PixelFigure.of(figure.key()).title(), text(figure, figure.value()),
          text(figure, figure.low()), text(figure, figure.high()));
    }
    out.printf(
        Locale.ROOT, "%n%d pictures, %d cases: Dice %.4f, IoU %.4f (means over cases)%n", evaluation.images(),
        evaluation.cases().size(), evaluation.dice(), evaluation.iou());
  }

  /** Of a class, what a line holds; JSON, CSV and report have the rest. */
  private static final Set<String> IN_LINE =
      Set.of("dice", "iou", "object_f1", "hd95", "assd", "hd95_mm", "assd_mm");

  private static String text(Figure figure, double value) {
    boolean share = PixelFigure.of(figure.key()).unit() == PixelFigure.Unit.SHARE;
    return Double.isNaN(value) ? "–" : String.format(Locale.ROOT, share ? "%.4f" : "%.3f", value);
  }

  ObjectNode toJson() {
    ObjectNode node = Json.object();
    node.put("model", models.first().model().spec().name());
    node.put("models", models.size());
    node.put("task", "segment");
    node.put("weights", weights.toString());
    node.put("data", measured.dataset().description());
    ArrayNode notes = node.putArray("notes");
    measured.notes().forEach(note -> notes.add(SettingNames.inOptions(note, command)));
    node.put("views", views());
    node.put("clean_up", cleanUp.text(evaluation.classNames()));
    node.put("empty_masks", SegmentMeasureOptions.text(measuring.emptyMasks()));
    node.put("images", evaluation.images());
    node.put("cases", evaluation.cases().size());
    put(node, evaluation.figures(seed));
    node.put("bootstrap_draws", SegmentationEvaluation.DRAWS);
    ArrayNode classes = node.putArray("classes");
    for (int number = 1; number < evaluation.classNames().size(); number++) {
      put(
          classes.addObject().put("name", evaluation.classNames().get(number)),
          evaluation.figures(number, seed));
    }
    ArrayNode cases = node.putArray("per_case");
    for (SegmentationEvaluation.Case one : evaluation.cases()) {
      ObjectNode of = cases.addObject().put("name", one.name());
      List<PixelFigure> known = evaluation.measured();
      known.forEach(figure -> number(of, figure.key(), one.mean(figure::of)));
      ObjectNode each = of.putObject("classes");
      one.figures().forEach(figures -> {
        ObjectNode ofClass = each.putObject(evaluation.classNames().get(figures.classNumber()));
        known.forEach(figure -> number(ofClass, figure.key(), figure.of(figures)));
      });
    }
    return node;
  }

  private static void put(ObjectNode node, List<Figure> figures) {
    figures.forEach(figure -> number(node, figure.key(), figure.value()));
    ObjectNode intervals = node.putObject("intervals");
    figures.stream().filter(Figure::hasInterval).forEach(
        figure -> intervals.putArray(figure.key()).add(figure.low()).add(figure.high()));
  }

  private static void number(ObjectNode node, String key, double value) {
    if (Double.isFinite(value)) {
      node.put(key, value);
    } else {
      node.putNull(key);
    }
  }
}
