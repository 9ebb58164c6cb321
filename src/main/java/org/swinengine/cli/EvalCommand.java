package org.swinengine.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import org.swinengine.backend.Backend;
import org.swinengine.data.BuiltInData;
import org.swinengine.data.DataSplits;
import org.swinengine.data.Dataset;
import org.swinengine.data.DatasetOptions;
import org.swinengine.data.Datasets;
import org.swinengine.data.SampleRange;
import org.swinengine.data.SkippedFile;
import org.swinengine.inference.Evaluation;
import org.swinengine.inference.Evaluator;
import org.swinengine.inference.LoadedModel;
import org.swinengine.report.EvaluationReport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code eval}: how good a trained model is. */
@Command(
    name = "eval",
    description = "Measures a trained model on labelled images: top-1, top-5, loss, and each class.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    footer = {
      "", "Example:", "  swin-engine eval --weights runs/flowers/best.safetensors --data-path flowers"
    })
final class EvalCommand implements Callable<Integer> {
  private static final int REPORT_SAMPLES = 24;

  @Spec private CommandSpec command;
  @Mixin private WeightsOptions weights;
  @Mixin private PreprocessingOptions input;

  @Option(
      names = "--data-path",
      paramLabel = "DIR",
      description = "Images, as train takes them: their test part, or else their validation part. Default:"
          + " the built-in test images.")
  private Path data;

  @Option(
      names = "--val-fraction",
      paramLabel = "F",
      defaultValue = "0.2",
      description = "Share of each class that training set aside, where the data have no such part; with the"
          + " training's --seed. Default: ${DEFAULT-VALUE}.")
  private double validationFraction;

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

  @Option(
      names = "--report",
      paramLabel = "FILE",
      description = "Also write an HTML report: confusion matrix, classes, the most confident mistakes.")
  private Path report;

  @Mixin private DeviceOptions device;
  @Mixin private JsonOption json;

  @Override
  public Integer call() throws IOException {
    if (batchSize < 1 || workers < 0) {
      throw new ParameterException(
          command.commandLine(),
          "--batch-size must be at least 1 and --workers at least 0, not " + batchSize + " and " + workers);
    }
    try (Backend backend = device.open()) {
      LoadedModel loaded = weights.open(input, backend);
      Dataset dataset = dataset(loaded.preprocessing().sampleRange());
      requireSameClasses(loaded, dataset);
      Evaluation evaluation =
          Evaluator.evaluate(
              loaded.model(),
              dataset,
              loaded.preprocessing().pipeline(),
              Evaluator.Options.of(batchSize, workers).withSamples(REPORT_SAMPLES));
      if (report != null) {
        EvaluationReport.write(
            report,
            loaded.model().spec().name(),
            "with the weights " + weights.file() + ", on " + backend.describe(),
            dataset.description(),
            evaluation);
      }
      if (json.isOn()) {
        command.commandLine().getOut().println(toJson(loaded, dataset, evaluation));
      } else {
        show(loaded, dataset, evaluation, backend);
      }
    }
    return 0;
  }

  private Dataset dataset(SampleRange range) throws IOException {
    if (data == null) {
      return BuiltInData.test();
    }
    DatasetOptions options =
        DatasetOptions.DEFAULT.withValidationFraction(validationFraction).withSeed(device.seed())
            .withSampleRange(range);
    DataSplits splits = Datasets.open(data, options);
    return splits.test().orElse(splits.validation());
  }

  /** The same number of other classes would give figures without a meaning. */
  private void requireSameClasses(LoadedModel loaded, Dataset dataset) {
    List<String> names = loaded.classNames();
    List<String> others = dataset.classNames();
    // Publishers write the same classes in another way than folders do. The same names in another order, however,
    // are an error.
    boolean same =
        switch (loaded.classNamesSource()) {
          case FILE, GIVEN -> names.equals(others);
          default -> names.equals(others) || !Set.copyOf(names).equals(Set.copyOf(others));
        };
    if (!same && names.size() == others.size()) {
      throw new IllegalArgumentException(
          weights.file() + " was trained on the classes " + names + ", but " + dataset.description() + " has " + others
              + "; give the data that it was trained for, or the names of its classes with --class-names");
    }
  }

  private void show(LoadedModel loaded, Dataset dataset, Evaluation evaluation, Backend backend) {
    PrintWriter out = command.commandLine().getOut();
    out.println("data      " + dataset.description());
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
    out.println("device    " + backend.describe());
    out.println();
    int width =
        Math.max(5, evaluation.perClass().stream().mapToInt(c -> c.name().length()).max().orElse(0));
    out.printf("%-" + width + "s %7s %10s %7s %7s%n", "class", "images", "precision", "recall", "F1");
    for (Evaluation.ClassMetrics c : evaluation.perClass()) {
      out.printf(
          Locale.ROOT,
          "%-" + width + "s %7d %10.3f %7.3f %7.3f%n",
          c.name(),
          c.images(),
          c.precision(),
          c.recall(),
          c.f1());
    }
    out.printf(
        Locale.ROOT,
        "%n%d images: top-1 %.2f %%, top-5 %.2f %%, loss %.4f%n",
        evaluation.images(),
        evaluation.top1(),
        evaluation.top5(),
        evaluation.loss());
  }

  private ObjectNode toJson(LoadedModel loaded, Dataset dataset, Evaluation evaluation) {
    ObjectNode node = Json.object();
    node.put("model", loaded.model().spec().name());
    node.put("weights", weights.file().toString());
    node.put("data", dataset.description());
    node.put("images", evaluation.images());
    node.put("top1", evaluation.top1());
    node.put("macro_f1", evaluation.macroF1());
    node.put("top5", evaluation.top5());
    node.put("loss", evaluation.loss());
    ArrayNode classes = node.putArray("classes");
    for (Evaluation.ClassMetrics c : evaluation.perClass()) {
      classes
          .addObject()
          .put("name", c.name())
          .put("images", c.images())
          .put("precision", c.precision())
          .put("recall", c.recall())
          .put("f1", c.f1());
    }
    ArrayNode confusion = node.putArray("confusion");
    for (int[] row : evaluation.confusion()) {
      ArrayNode counts = confusion.addArray();
      for (int count : row) {
        counts.add(count);
      }
    }
    ArrayNode skipped = node.putArray("skipped");
    for (SkippedFile file : dataset.skipped()) {
      skipped.addObject().put("file", file.file()).put("reason", file.reason());
    }
    return node;
  }
}
