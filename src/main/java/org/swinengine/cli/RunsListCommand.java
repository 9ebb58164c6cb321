package org.swinengine.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.swinengine.console.Durations;
import org.swinengine.metrics.Figure;
import org.swinengine.report.EpochMetrics;
import org.swinengine.report.RunComparison;
import org.swinengine.report.RunResults;
import org.swinengine.report.StoredRun;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code runs list}: the runs that there are. */
@Command(
    name = "list",
    description = "Lists the training runs of a folder with their figures, a line each.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false)
final class RunsListCommand implements Callable<Integer> {
  private static final List<String> KEYS = List.of("accuracy", "balanced_accuracy", "macro_f1", "auc");

  /** Where each pixel has a class; the last in pixels. */
  private static final List<String> PIXEL_KEYS = List.of("dice", "iou", "object_f1", "hd95");

  @Spec
  private CommandSpec command;

  @Option(
      names = "--output",
      paramLabel = "DIR",
      defaultValue = "runs",
      description = "The folder of runs, as train takes it. Default: ${DEFAULT-VALUE}.")
  private Path output;

  @Mixin
  private JsonOption json;

  @Override
  public Integer call() throws IOException {
    PrintWriter out = command.commandLine().getOut();
    List<RunResults> runs = new ArrayList<>();
    for (Path folder : StoredRun.in(output)) {
      try {
        runs.add(StoredRun.read(folder));
      } catch (IOException e) {
        // One damaged run does not hide the others.
        command.commandLine().getErr().println("left out: " + e.getMessage());
      }
    }
    if (json.isOn()) {
      ArrayNode list = Json.array();
      runs.forEach(run -> describe(run, list.addObject()));
      out.println(list);
      return 0;
    }
    if (runs.isEmpty()) {
      out.println("There are no runs in " + output + ".");
      return 0;
    }
    show(runs, out);
    return 0;
  }

  private void describe(RunResults run, ObjectNode node) {
    node.put("name", run.name()).put("folder", output.resolve(run.name()).toString());
    node.put("state", state(run)).put("epochs", run.history().size()).put("best_epoch", run.bestEpoch());
    node.put("seconds", seconds(run));
    if (run.facts().containsKey("folds")) {
      node.put("folds", Integer.parseInt(run.facts().get("folds")));
    }
    for (String key : KEYS) {
      Figure figure = RunComparison.figure(run, key);
      if (Double.isNaN(figure.value())) {
        node.putNull(key);
      } else {
        node.put(key, figure.value());
      }
    }
    if (run.segmentation() != null) {
      node.put("dice", run.segmentation().figure("dice").value());
    }
  }

  private static double seconds(RunResults run) {
    return run.history().stream().mapToDouble(EpochMetrics::seconds).sum();
  }

  private static String state(RunResults run) {
    if (run.stoppedAfter() != null) {
      return "stopped";
    }
    return run.evaluation() == null && run.segmentation() == null ? "unfinished" : "complete";
  }

  /** Of folds: how many times how many. */
  private static String epochs(RunResults run) {
    String folds = run.facts().get("folds");
    return (folds == null ? "" : folds + "×") + run.history().size();
  }

  /** Columns of one width; names may be long. */
  static void show(List<RunResults> runs, PrintWriter out) {
    int width = Math.max(4, runs.stream().mapToInt(run -> run.name().length()).max().orElse(4));
    boolean ofPixels = !runs.isEmpty() && runs.stream().allMatch(run -> run.segmentation() != null);
    List<String> keys = ofPixels ? PIXEL_KEYS : KEYS;
    String format = "%-" + width + "s  %-10s %6s %8s %9s %9s %7s %9s%n";
    out.printf(
        format, ofPixels ? new Object[] {"run", "state", "epochs", "Dice", "IoU", "object F1", "HD95", "time"}
            : new Object[] {"run", "state", "epochs", "top-1", "balanced", "macro-F1", "AUC", "time"});
    for (RunResults run : runs) {
      Object[] row = new Object[8];
      row[0] = run.name();
      row[1] = state(run);
      row[2] = epochs(run);
      for (int k = 0; k < keys.size(); k++) {
        double value = RunComparison.figure(run, keys.get(k)).value();
        boolean percent = k < 2;
        row[3 + k] =
            Double.isNaN(value) ? "–"
                : String.format(Locale.ROOT, percent ? "%.2f %%" : "%.4f", percent ? 100 * value : value);
      }
      row[7] = Durations.text(seconds(run));
      out.printf(format, row);
      if (run.segmentation() != null) {
        out.printf("%-" + width + "s  Dice %s%n", "", run.segmentation().figure("dice"));
      }
    }
  }
}
