package org.swinengine.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.swinengine.data.Dataset;
import org.swinengine.inference.CalibrationFit;
import org.swinengine.inference.ClassNames;
import org.swinengine.inference.EngineCheckpoint;
import org.swinengine.inference.Evaluation;
import org.swinengine.inference.LoadedModel;
import org.swinengine.inference.StoredCalibration;
import org.swinengine.inference.WeightSource;
import org.swinengine.metrics.Figure;
import org.swinengine.metrics.Predictions;
import org.swinengine.metrics.SetCoverage;
import org.swinengine.metrics.TemperatureFit;
import org.swinengine.metrics.TemperatureScaling;
import org.swinengine.weights.Dialect;
import org.swinengine.weights.Safetensors;
import org.swinengine.weights.StateDict;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** How sure a model is, measured, and put into a new checkpoint. */
final class EvalCertainty {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--coverage",
      paramLabel = "SHARE",
      description = "Also measure the sets of classes that the checkpoint's scores give for this coverage,"
          + " such as 0.9: how many hold their image's class, and how large they are.")
  private Double coverage;

  @Option(
      names = "--store-calibration",
      paramLabel = "FILE.safetensors",
      description = "Also fit temperature and scores to these images, which the model must not have learnt"
          + " from, and write a new checkpoint with them.")
  private Path store;

  private LoadedModel model;
  private WeightsOptions weights;
  private boolean ofViews;

  /** Of the checkpoint's temperature; null: there is none, or it cannot be measured. */
  private TemperatureFit.Measured before;
  private TemperatureFit.Measured after;
  private boolean crossFitted;
  private SetCoverage measured;
  private CalibrationFit stored;

  /**
   * Throws where the options do not go together.
   *
   * @param views the several views that were asked for; null: none
   */
  void check(String views) {
    ofViews = views != null;
    CertaintyOptions.requireCoverage(command, coverage, views);
    if (store == null) {
      return;
    }
    if (ofViews) {
      throw wrong("--store-calibration goes without --tta: `predict` uses what is stored for pictures alone");
    }
    if (!store.getFileName().toString().toLowerCase(Locale.ROOT).endsWith(".safetensors")) {
      throw wrong("--store-calibration is " + store + ", but must end in .safetensors");
    }
    if (Files.exists(store, LinkOption.NOFOLLOW_LINKS)) {
      throw new IllegalArgumentException(
          store + " exists already; choose another name for --store-calibration, which writes a new"
              + " checkpoint");
    }
  }

  /** Throws where something is asked for that several models do not have together. */
  void requireOne(int models) {
    CertaintyOptions.requireOne(command, coverage != null, "--coverage", models);
    CertaintyOptions.requireOne(command, store != null, "--store-calibration", models);
  }

  private ParameterException wrong(String message) {
    return new ParameterException(command.commandLine(), message);
  }

  /** Takes the model, and throws before anything is measured if it lacks what was asked for. */
  void prepare(LoadedModel loaded, WeightsOptions from) {
    model = loaded;
    weights = from;
    if (loaded.thresholds().isPresent() && (coverage != null || store != null)) {
      throw wrong(
          "--coverage and --store-calibration are for models whose images have one class, but " + from.file()
              + " says yes or no to each class");
    }
    if (coverage != null && store == null) {
      CertaintyOptions.require(loaded.calibration().orElse(null), from.file()).sets(coverage);
    }
  }

  /**
   * Measures, and writes the checkpoint.
   *
   * @param seed of the intervals' draws
   */
  void measure(Evaluation evaluation, Dataset dataset, long seed) throws IOException {
    Predictions said = evaluation.predictions();
    if (store != null) {
      store(evaluation, dataset);
    }
    if (ofViews || said == null || !said.hasAll() || said.size() == 0) {
      return;
    }
    StoredCalibration calibration =
        stored == null ? model.calibration().orElse(null) : stored.calibration();
    if (calibration == null) {
      return;
    }
    crossFitted = stored != null || calibration.isOf(dataset);
    if (calibration.temperature().isPresent()) {
      before = TemperatureFit.Measured.of(said);
      after =
          crossFitted ? TemperatureFit.of(said).after()
              : TemperatureFit.Measured.of(TemperatureScaling.scaled(said, calibration.divisor()));
    }
    if (coverage != null) {
      measured =
          crossFitted ? SetCoverage.crossFitted(said, coverage, seed)
              : SetCoverage.of(said, calibration.scores(), coverage, seed);
    }
  }

  private void store(Evaluation evaluation, Dataset dataset) throws IOException {
    int unseen =
        model.trainedData().isEmpty() ? dataset.size()
            : model.trainedData().get().unseen(dataset).map(rest -> rest.length).orElse(dataset.size());
    if (unseen < dataset.size()) {
      throw new IllegalArgumentException(
          "the model was trained on " + (dataset.size() - unseen) + " of these " + dataset.size()
              + " images, so that they do not tell how sure it may be of others; give --data-path and --split"
              + " of images that it has not learnt from");
    }
    stored = CalibrationFit.of(evaluation, dataset);
    if (stored.calibration() == null) {
      throw new IllegalArgumentException(
          "nothing was stored in " + store + ": " + String.join("; ", stored.notes()));
    }
    Safetensors.writeChecked(store, EngineCheckpoint.calibrated(described(), stored.calibration()));
  }

  /** The weights with what the engine's own checkpoints say, and pictures prepared as they were here. */
  private StateDict described() {
    WeightSource source = weights.source();
    StateDict dict = source.as(Dialect.ENGINE);
    boolean sameModel = dict.metadata().containsKey(EngineCheckpoint.MODEL)
        && source.spec().equals(model.model().spec());
    if (!sameModel) {
      throw new IllegalArgumentException(
          weights.file() + ": its model was changed by options when it was opened, so that " + store
              + " would not hold what was measured; leave them out, or make a checkpoint of the changed model"
              + " with `swin-engine convert` first");
    }
    StateDict.Builder builder = StateDict.builder().metadata(dict.metadata());
    builder.metadata(EngineCheckpoint.PREPROCESSING, model.preprocessing().toJson());
    if (model.classNamesSource() == ClassNames.Source.GIVEN) {
      builder.metadata(EngineCheckpoint.CLASS_NAMES, EngineCheckpoint.classNamesJson(model.classNames()));
    }
    dict.arrays().forEach(builder::put);
    return builder.build();
  }

  /** Shows what there is to show. */
  void show(List<String> classNames, PrintWriter out) {
    if (before != null) {
      out.printf(
          Locale.ROOT,
          "with temperature %.4g: calibration error %.4f (without %.4f), log loss %.4f (without %.4f)%s%n",
          calibration().divisor(), after.expectedError(), before.expectedError(), after.logLoss(),
          before.logLoss(),
          crossFitted ? "; it is of these very images: measured with each half of them at the temperature of"
              + " the other half" : "");
    }
    if (measured != null) {
      show(measured, classNames, out);
    }
    if (stored != null) {
      stored.notes().forEach(note -> out.println("certainty " + note));
      out.println("stored    " + store);
    }
  }

  private StoredCalibration calibration() {
    return stored == null ? model.calibration().orElseThrow() : stored.calibration();
  }

  private void show(SetCoverage sets, List<String> classNames, PrintWriter out) {
    out.printf(
        Locale.ROOT, "%nsets of classes for a coverage of %s: %s of the images have theirs in it%s%n",
        asked(sets.asked()), percent(sets.coverage()),
        crossFitted ? " (the scores are of these very images: each half of them measured with the scores of"
            + " the other half)" : "");
    out.printf(
        Locale.ROOT, "classes in a set: %s on average; one class in %s of the sets, none in %s%n",
        number(sets.size()), percent(sets.single()), percent(sets.empty()));
    CertaintyOptions.few(calibration().scores(), classNames, coverage).forEach(out::println);
    int width = Math.max(5, classNames.stream().mapToInt(String::length).max().orElse(0));
    out.printf("%-" + width + "s %7s  %-26s %s%n", "class", "images", "coverage", "classes in a set");
    for (int c = 0; c < classNames.size(); c++) {
      SetCoverage.OfClass one = sets.classes().get(c);
      if (one.samples() > 0) {
        out.printf(
            "%-" + width + "s %7d  %-26s %s%n", classNames.get(c), one.samples(), percent(one.coverage()),
            number(one.size()));
      }
    }
  }

  /** With as many digits as it was asked with. */
  private static String asked(double share) {
    return new BigDecimal(100 * share).round(new MathContext(8)).stripTrailingZeros().toPlainString() + " %";
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.1f %%", 100 * share);
  }

  private static String percent(Figure share) {
    return percent(share.value()) + (share.hasInterval()
        ? String.format(Locale.ROOT, " (%.1f to %.1f)", 100 * share.low(), 100 * share.high())
        : "");
  }

  private static String number(Figure size) {
    return String.format(Locale.ROOT, "%.2f", size.value()) + (size.hasInterval()
        ? String.format(Locale.ROOT, " (%.2f to %.2f)", size.low(), size.high())
        : "");
  }

  /** The same as JSON. */
  void put(List<String> classNames, ObjectNode node) {
    if (before != null) {
      node.putObject("calibration")
          .put("temperature", calibration().divisor())
          .put("ece_before", before.expectedError())
          .put("ece_after", after.expectedError())
          .put("log_loss_before", before.logLoss())
          .put("log_loss_after", after.logLoss())
          .put("cross_fitted", crossFitted);
    }
    if (measured != null) {
      ObjectNode sets = node.putObject("sets");
      sets.put("asked", measured.asked());
      put(measured.coverage(), measured.size(), sets);
      sets.put("single", measured.single()).put("empty", measured.empty()).put("cross_fitted", crossFitted);
      ArrayNode small = sets.putArray("with_threshold_of_all");
      calibration().scores().tooSmall(coverage, classNames.size()).forEach(c -> small.add(classNames.get(c)));
      ArrayNode classes = sets.putArray("classes");
      for (int c = 0; c < classNames.size(); c++) {
        SetCoverage.OfClass one = measured.classes().get(c);
        ObjectNode entry = classes.addObject().put("name", classNames.get(c)).put("images", one.samples());
        put(one.coverage(), one.size(), entry);
      }
    }
    if (stored != null) {
      node.put("stored", store.toString()).set("stored_notes", Json.texts(stored.notes()));
    }
  }

  private static void put(Figure coverage, Figure size, ObjectNode node) {
    ObjectNode intervals = Json.object();
    for (Figure figure : List.of(coverage, size)) {
      if (Double.isFinite(figure.value())) {
        node.put(figure.key(), figure.value());
      } else {
        node.putNull(figure.key());
      }
      if (figure.hasInterval()) {
        intervals.putArray(figure.key()).add(figure.low()).add(figure.high());
      }
    }
    node.set("intervals", intervals);
  }
}
