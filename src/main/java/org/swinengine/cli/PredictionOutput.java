package org.swinengine.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.swinengine.data.Csv;
import org.swinengine.inference.Prediction;

/** Prints predictions, one after the other. */
final class PredictionOutput {
  /** Longer names do not move the rest of the table. */
  private static final int WIDEST = 60;

  private final PrintWriter out;
  private final FormatOption.Format format;
  private final int top;
  private final boolean heatMaps;
  private final CertaintyOptions certainty;
  private final String row;
  private final ArrayNode all = Json.array();

  /**
   * @param top classes to name for each picture, where there are as many
   * @param heatMaps whether pictures have them
   * @param longest length of the longest name of a picture
   * @param certainty which sets of classes there are, and whether there is a temperature
   */
  PredictionOutput(
      PrintWriter out, FormatOption.Format format, int top, boolean heatMaps, int longest,
      CertaintyOptions certainty) {
    this.certainty = certainty;
    this.out = out;
    this.format = format;
    this.top = top;
    this.heatMaps = heatMaps;
    row = "%-" + Math.max(1, Math.min(WIDEST, longest)) + "s  %s";
  }

  /** Prints what comes before all pictures. */
  void begin() {
    if (format == FormatOption.Format.CSV) {
      List<String> header = new ArrayList<>(List.of("file"));
      for (int i = 1; i <= top; i++) {
        header.addAll(List.of("class_" + i, "probability_" + i));
      }
      if (certainty.sets() != null) {
        header.add("set");
      }
      if (certainty.hasTemperature()) {
        header.add("temperature");
      }
      if (heatMaps) {
        header.add("heatmap");
      }
      out.println(Csv.row(header));
    }
  }

  /** Prints a picture's classes; the heat map may be null. */
  void add(String file, Prediction prediction, Path heatMap) {
    List<Prediction.ClassProbability> first =
        prediction.classes().subList(0, Math.min(top, prediction.classes().size()));
    List<String> set =
        certainty.sets() == null ? null
            : prediction.in(certainty.sets()).stream().map(Prediction.ClassProbability::name).toList();
    switch (format) {
      case TABLE -> out.println(
          String.format(
              row, file,
              first.stream()
                  .map(c -> String.format(Locale.ROOT, "%s %.1f %%", c.name(), 100 * c.probability()))
                  .collect(Collectors.joining(", ")))
              + (set == null ? "" : "  {" + String.join(", ", set) + "}"));
      case CSV -> {
        List<String> fields = new ArrayList<>(List.of(file));
        first.forEach(
            c -> fields.addAll(List.of(c.name(), String.format(Locale.ROOT, "%.6f", c.probability()))));
        if (set != null) {
          fields.add(String.join("|", set));
        }
        if (certainty.hasTemperature()) {
          fields.add(Double.toString(prediction.temperature()));
        }
        if (heatMaps) {
          fields.add(String.valueOf(heatMap));
        }
        out.println(Csv.row(fields));
      }
      case JSONL -> out.println(node(Json.object(), file, prediction, first, set, heatMap));
      case JSON -> node(all.addObject(), file, prediction, first, set, heatMap);
    }
  }

  private static ObjectNode node(
      ObjectNode node, String file, Prediction prediction, List<Prediction.ClassProbability> first,
      List<String> set, Path heatMap) {
    node.put("file", file);
    ArrayNode classes = node.putArray("predictions");
    for (Prediction.ClassProbability c : first) {
      classes
          .addObject()
          .put("class", c.name())
          .put("index", c.index())
          .put("probability", c.probability())
          .put("logit", c.logit());
    }
    node.put("temperature", prediction.temperature());
    if (set != null) {
      node.set("set", Json.texts(set));
    }
    if (heatMap != null) {
      node.put("heatmap", heatMap.toString());
    }
    return node;
  }

  /** Prints what comes after all pictures. */
  void end() {
    if (format == FormatOption.Format.JSON) {
      out.println(all);
    }
  }
}
