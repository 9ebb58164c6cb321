package org.swinengine.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Path;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.swinengine.inference.MultiLabelEvaluation;

/**
 * What is said of each image that may have several classes, a line each, as CSV or JSON: its classes, those
 * above their thresholds, all probabilities. In CSV {@code |} stands between classes.
 */
public final class MultiLabelPredictionsFile {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final MultiLabelEvaluation evaluation;
  private final double[] thresholds;
  private final IntFunction<String> names;
  private final int classes;

  private MultiLabelPredictionsFile(
      MultiLabelEvaluation evaluation, double[] thresholds, IntFunction<String> names) {
    this.evaluation = evaluation;
    this.thresholds = thresholds;
    this.names = names;
    classes = evaluation.classNames().size();
  }

  /**
   * Writes the file; an older one is replaced when the new one is complete.
   *
   * @param thresholds above which probability each class is said
   * @param names of the images, by their number
   * @throws IOException with a sentence for the user if it cannot be written
   */
  public static void write(
      Path file, MultiLabelEvaluation evaluation, double[] thresholds, IntFunction<String> names)
      throws IOException {
    PredictionsFile.requireKnown(file);
    MultiLabelPredictionsFile content = new MultiLabelPredictionsFile(evaluation, thresholds, names);
    TextFile.replace(file, PredictionsFile.isCsv(file) ? content::csv : content::jsonLines);
  }

  private double probability(int image, int label) {
    return evaluation.answers().probabilities()[image * classes + label];
  }

  private IntStream labels(IntPredicate which) {
    return IntStream.range(0, classes).filter(which);
  }

  private IntStream truth(int image) {
    return labels(label -> evaluation.answers().truth()[image * classes + label]);
  }

  private IntStream said(int image) {
    return labels(label -> probability(image, label) > thresholds[label]);
  }

  private String text(IntStream labels) {
    return PredictionsFile.quoted(
        labels.mapToObj(evaluation.classNames()::get).collect(Collectors.joining("|")));
  }

  private void csv(Writer out) throws IOException {
    out.write("image,truth,prediction");
    for (String name : evaluation.classNames()) {
      out.write("," + PredictionsFile.quoted("p(" + name + ")"));
    }
    out.write("\n");
    for (int i = 0; i < evaluation.images(); i++) {
      out.write(PredictionsFile.quoted(names.apply(i)) + "," + text(truth(i)) + "," + text(said(i)));
      for (int c = 0; c < classes; c++) {
        out.write("," + (float) probability(i, c));
      }
      out.write("\n");
    }
  }

  private void jsonLines(Writer out) throws IOException {
    for (int i = 0; i < evaluation.images(); i++) {
      ObjectNode node = JSON.createObjectNode();
      node.put("image", names.apply(i));
      put(truth(i), node.putArray("truth"));
      put(said(i), node.putArray("prediction"));
      ObjectNode probabilities = node.putObject("probabilities");
      for (int c = 0; c < classes; c++) {
        probabilities.put(evaluation.classNames().get(c), (float) probability(i, c));
      }
      out.write(node + "\n");
    }
  }

  private void put(IntStream labels, ArrayNode array) {
    labels.forEach(label -> array.add(evaluation.classNames().get(label)));
  }
}
