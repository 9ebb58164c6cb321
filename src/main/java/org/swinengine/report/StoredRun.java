package org.swinengine.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.swinengine.inference.FoldsFolder;
import org.swinengine.weights.RegularFile;

/**
 * A run as its folder holds it: {@code config.yaml}, {@code metrics.jsonl}, and {@code results.json}, which
 * has all that the page shows beside them. A run that was killed, or that an older version made, lacks the
 * last. A cross-validation has the metrics of its folds' folders.
 */
public final class StoredRun {
  private static final String RESULTS = "results.json";
  private static final String METRICS = "metrics.jsonl";
  private static final String CONFIGURATION = "config.yaml";

  /** Names and pictures are short; a file that claims more than these is not ours. */
  static final ObjectMapper JSON =
      JsonMapper.builder(
          JsonFactory.builder()
              .streamReadConstraints(
                  StreamReadConstraints.builder().maxNestingDepth(20).maxStringLength(5_000_000).build())
              .build())
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .build();

  private StoredRun() {}

  /** Whether a folder is that of a run. */
  public static boolean isRun(Path folder) {
    return (Files.isRegularFile(folder.resolve(METRICS)) || FoldsFolder.isOne(folder))
        && Files.isRegularFile(folder.resolve(CONFIGURATION));
  }

  /**
   * The folders of runs in a folder, in the order of their names.
   *
   * @throws IOException with a sentence for the user if it cannot be read
   */
  public static List<Path> in(Path parent) throws IOException {
    if (!Files.isDirectory(parent)) {
      throw new IOException(
          "there are no runs in " + parent + ", because it is no folder; say where they are with `output`");
    }
    try (Stream<Path> folders = Files.list(parent)) {
      return folders.filter(StoredRun::isRun).sorted().toList();
    }
  }

  /**
   * Keeps a run's results beside its metrics and configuration.
   *
   * @throws IOException with a sentence for the user if it cannot be written
   */
  public static void write(Path folder, RunResults run) throws IOException {
    ObjectNode node = JSON.valueToTree(run);
    node.remove(List.of("history", "configuration"));
    TextFile.replace(folder.resolve(RESULTS), node + "\n");
  }

  /**
   * Reads a run.
   *
   * @throws IOException with a sentence for the user if the folder is not a run's, or a file of it is damaged
   */
  public static RunResults read(Path folder) throws IOException {
    if (!isRun(folder)) {
      throw new IOException(
          folder + " is not the folder of a training run: it has no " + METRICS + " and " + CONFIGURATION
              + "; give a folder below runs/");
    }
    List<EpochMetrics> history =
        FoldsFolder.isOne(folder) ? FoldsReport.meanHistory(folder) : history(folder.resolve(METRICS));
    String configuration = Files.readString(RegularFile.require(folder.resolve(CONFIGURATION)));
    String name = folder.toAbsolutePath().normalize().getFileName().toString();
    Path results = folder.resolve(RESULTS);
    if (!Files.exists(results)) {
      return unfinished(name, history, configuration);
    }
    try {
      ObjectNode node = (ObjectNode) JSON.readTree(Files.readString(RegularFile.require(results)));
      node.set("history", JSON.createArrayNode());
      node.put("configuration", configuration);
      RunResults stored = JSON.treeToValue(node, RunResults.class);
      return new RunResults(
          name, stored.data(), stored.about(), stored.facts(), stored.stoppedAfter(), history,
          stored.bestEpoch(), stored.bestTop1(), stored.bestBy(), stored.evaluation(), stored.segmentation(),
          stored.findings(), stored.suspects(), configuration);
    } catch (JsonProcessingException | ClassCastException e) {
      throw damaged(results, "without it the page has the curves alone", e);
    }
  }

  /** What is said of a file that is none of ours any more. */
  static IOException damaged(Path file, String without, Exception e) {
    return new IOException(
        file + " cannot be read (" + String.valueOf(e.getMessage()).lines().findFirst().orElse("")
            + "); the file is damaged, and may be deleted: " + without,
        e);
  }

  static List<EpochMetrics> history(Path file) throws IOException {
    List<EpochMetrics> history = new ArrayList<>();
    for (String line : Files.readAllLines(RegularFile.require(file))) {
      try {
        history.add(EpochMetrics.fromJson(line));
      } catch (IllegalArgumentException e) {
        throw new IOException(file + ", line " + (history.size() + 1) + ", is no line of metrics", e);
      }
    }
    return history;
  }

  /** By what is usual: the first class, the area below the curves where there are several, Dice of pixels. */
  private static boolean isBetter(EpochMetrics one, EpochMetrics other) {
    if (Double.isFinite(one.value("val_dice"))) {
      return one.value("val_dice") > other.value("val_dice");
    }
    return Double.isNaN(one.top1()) ? one.auc() > other.auc() : one.top1() > other.top1();
  }

  private static RunResults unfinished(String name, List<EpochMetrics> history, String configuration) {
    EpochMetrics best = null;
    for (EpochMetrics epoch : history) {
      best = best == null || isBetter(epoch, best) ? epoch : best;
    }
    return new RunResults(
        name, "", "This run left no results: it is going on, was killed, or is of an older version.",
        Map.of(),
        null, history, best == null ? 0 : best.epoch(), best == null ? 0 : best.top1(), null, null, List.of(),
        null, configuration);
  }
}
