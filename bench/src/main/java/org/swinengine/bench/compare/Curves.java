package org.swinengine.bench.compare;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;

/** Validation of each epoch, of several seeds on either side. */
final class Curves {
  /** Its name among the comparisons. */
  static final String WHAT = "curves";

  private static final String EPOCHS = "epochs";
  private static final String LOSS = "val_loss";
  private static final String ACCURACY = "val_top1";

  private Curves() {}

  /** Puts the lines of a run's {@code metrics.jsonl} in the place of the number of its epochs. */
  static void addEpochs(ObjectNode result) throws IOException {
    ArrayNode epochs = result.putArray(EPOCHS);
    for (String line : Files.readAllLines(Path.of(result.path("folder").asText(), "metrics.jsonl"))) {
      JsonNode metrics = Results.JSON.readTree(line);
      ObjectNode epoch = epochs.addObject();
      for (String figure : List.of("epoch", "train_loss", LOSS, ACCURACY, "images_per_second")) {
        epoch.set(figure, metrics.path(figure));
      }
    }
  }

  static String table(Results results) {
    StringBuilder text = new StringBuilder();
    for (CurveRecipe recipe : CurveRecipe.ALL) {
      Results here = results.item(recipe.id());
      Results theirs = here.peer("eager");
      for (String peer : here.distinct(Measurement::peer)) {
        if (Tables.isOurs(peer) && !theirs.isEmpty()) {
          text.append(text.isEmpty() ? "" : "\n").append(recipe.title()).append(" at ").append(recipe.side());
          text.append(" pixels, windows of ").append(recipe.window()).append(", seeds ")
              .append(seeds(here.peer(peer)));
          text.append(" and ").append(seeds(theirs)).append(", `").append(recipe.text()).append("`:\n\n")
              .append(table(here.peer(peer), theirs, Tables.jdk(peer)));
        }
      }
    }
    return text.toString();
  }

  private static String seeds(Results results) {
    return String.join(", ", results.distinct(run -> Integer.toString(run.round())));
  }

  private static String table(Results ours, Results theirs, String jdk) {
    Grid grid = new Grid("epoch");
    for (String figure : List.of("top-1, %", "loss")) {
      grid.column(figure + ", ours, " + jdk).column("PyTorch").column("ours − PyTorch");
    }
    int last = (int) Math.min(epochs(ours), epochs(theirs));
    for (int epoch = 1; epoch <= last; epoch++) {
      grid.row(Integer.toString(epoch));
      cells(grid, figures(ours, epoch, ACCURACY), figures(theirs, epoch, ACCURACY), 2);
      cells(grid, figures(ours, epoch, LOSS), figures(theirs, epoch, LOSS), 4);
    }
    return grid.text();
  }

  private static void cells(Grid grid, double[] ours, double[] theirs, int places) {
    grid.cell(spread(ours, places)).cell(spread(theirs, places)).cell(difference(ours, theirs, places));
  }

  private static long epochs(Results results) {
    return results.all().stream().mapToInt(run -> run.result().path(EPOCHS).size()).min().orElse(0);
  }

  /** A figure of an epoch, of every seed. */
  private static double[] figures(Results results, int epoch, String figure) {
    List<Double> figures = new ArrayList<>();
    results.all().forEach(
        run -> figures.add(run.result().path(EPOCHS).path(epoch - 1).path(figure).asDouble(Double.NaN)));
    return figures.stream().mapToDouble(Double::doubleValue).toArray();
  }

  /** The mean, with the least and the greatest. */
  static String spread(double[] values, int places) {
    return rounded(mean(values), places) + " (" + rounded(DoubleStream.of(values).min().orElse(0), places)
        + "–"
        + rounded(DoubleStream.of(values).max().orElse(0), places) + ")";
  }

  /** The difference of the means, with its standard error where either side has several seeds. */
  static String difference(double[] ours, double[] theirs, int places) {
    double difference = mean(ours) - mean(theirs);
    String signed = (difference < 0 ? "−" : "+") + rounded(Math.abs(difference), places);
    if (ours.length < 2 || theirs.length < 2) {
      return signed;
    }
    double error = Math.sqrt(variance(ours) / ours.length + variance(theirs) / theirs.length);
    return signed + " ± " + rounded(error, places);
  }

  private static double mean(double[] values) {
    return DoubleStream.of(values).average().orElse(Double.NaN);
  }

  /** Of the population that the values are drawn from. */
  private static double variance(double[] values) {
    double mean = mean(values);
    return DoubleStream.of(values).map(value -> (value - mean) * (value - mean)).sum() / (values.length - 1);
  }

  private static String rounded(double value, int places) {
    return String.format(Locale.ROOT, "%." + places + "f", value);
  }
}
