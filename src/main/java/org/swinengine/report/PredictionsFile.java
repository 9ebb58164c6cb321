package org.swinengine.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.IntFunction;
import org.swinengine.metrics.Predictions;

/**
 * What a model said of each image, a line an image, in the order of the data: {@code .csv} with a column for
 * each class, or {@code .jsonl} with an object a line.
 */
public final class PredictionsFile {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Predictions predictions;
  private final IntFunction<String> names;
  private final List<String> classes;

  private PredictionsFile(Predictions predictions, IntFunction<String> names, List<String> classes) {
    this.predictions = predictions;
    this.names = names;
    this.classes = classes;
  }

  /**
   * Holds that a file's name says how it is to be written.
   *
   * @throws IllegalArgumentException if it says something else
   */
  public static void requireKnown(Path file) {
    if (!isCsv(file) && !ending(file, ".jsonl")) {
      throw new IllegalArgumentException(
          "`predictions` is " + file + ", but its name must end with .csv or .jsonl");
    }
  }

  static boolean isCsv(Path file) {
    return ending(file, ".csv");
  }

  private static boolean ending(Path file, String suffix) {
    return file.getFileName().toString().toLowerCase(Locale.ROOT).endsWith(suffix);
  }

  /**
   * Writes the file; an older one is replaced when the new one is complete.
   *
   * @param names of the images, by their number
   * @param classes names of the classes
   * @throws IOException with a sentence for the user if it cannot be written
   */
  public static void write(
      Path file, Predictions predictions, IntFunction<String> names, List<String> classes)
      throws IOException {
    requireKnown(file);
    PredictionsFile content = new PredictionsFile(predictions, names, classes);
    TextFile.replace(file, isCsv(file) ? content::csv : content::jsonLines);
  }

  private void csv(Writer out) throws IOException {
    out.write("image,truth,prediction,confidence");
    if (predictions.hasAll()) {
      for (String name : classes) {
        out.write("," + quoted("p(" + name + ")"));
      }
    }
    out.write("\n");
    for (int i = 0; i < predictions.size(); i++) {
      out.write(quoted(names.apply(i)));
      out.write("," + quoted(classes.get(predictions.label(i))));
      out.write("," + quoted(classes.get(predictions.predicted(i))));
      out.write("," + (float) predictions.confidence(i));
      for (int c = 0; predictions.hasAll() && c < classes.size(); c++) {
        out.write("," + (float) predictions.probability(i, c));
      }
      out.write("\n");
    }
  }

  /** As RFC 4180 has it. */
  static String quoted(String text) {
    boolean plain = text.chars().noneMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
    return plain ? text : "\"" + text.replace("\"", "\"\"") + "\"";
  }

  private void jsonLines(Writer out) throws IOException {
    for (int i = 0; i < predictions.size(); i++) {
      ObjectNode node = JSON.createObjectNode();
      node.put("image", names.apply(i));
      node.put("truth", classes.get(predictions.label(i)));
      node.put("prediction", classes.get(predictions.predicted(i)));
      node.put("confidence", (float) predictions.confidence(i));
      if (predictions.hasAll()) {
        ObjectNode probabilities = node.putObject("probabilities");
        for (int c = 0; c < classes.size(); c++) {
          probabilities.put(classes.get(c), (float) predictions.probability(i, c));
        }
      }
      out.write(node + "\n");
    }
  }
}
