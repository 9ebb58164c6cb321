package org.swinengine.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.swinengine.data.Csv;
import org.swinengine.metrics.Predictions;
import org.swinengine.weights.RegularFile;

/**
 * What {@link PredictionsFile} has written.
 *
 * @param predictions with all probabilities
 * @param names of the images
 * @param classes their names
 */
public record StoredPredictions(Predictions predictions, List<String> names, List<String> classes) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Reads one line after the other. */
  private static final class Reader {
    private final Path file;
    private final List<String> classes;
    private final List<String> names = new ArrayList<>();
    private final List<Integer> labels = new ArrayList<>();
    private final List<float[]> rows = new ArrayList<>();

    Reader(Path file, List<String> classes) throws IOException {
      this.file = file;
      this.classes = classes;
      if (classes.size() < 2) {
        throw new IOException(
            file + " has no probabilities of classes; it needs the columns image, truth and p(CLASS) of each"
                + " class, as `predictions` of an evaluation writes them");
      }
    }

    private IOException wrong(String what) {
      return new IOException(file + ", image " + (names.size() + 1) + ": " + what);
    }

    void add(String name, String truth, List<String> probabilities) throws IOException {
      int label = classes.indexOf(truth);
      if (label < 0) {
        throw wrong("its class " + truth + " is none of those that have probabilities");
      }
      float[] row = new float[classes.size()];
      double sum = 0;
      for (int c = 0; c < row.length; c++) {
        try {
          row[c] = Float.parseFloat(probabilities.get(c));
        } catch (NumberFormatException e) {
          throw wrong("the probability of " + classes.get(c) + " is " + probabilities.get(c));
        }
        sum += row[c];
        if (!(row[c] >= 0 && row[c] <= 1)) {
          throw wrong("the probability of " + classes.get(c) + " is " + row[c] + ", but must be 0 to 1");
        }
      }
      if (Math.abs(sum - 1) > 0.01) {
        throw wrong("its probabilities add up to " + (float) sum + ", but must to 1");
      }
      names.add(name);
      labels.add(label);
      rows.add(row);
    }

    StoredPredictions result() throws IOException {
      long numbers = (long) rows.size() * classes.size();
      if (numbers > Integer.MAX_VALUE / 2) {
        throw new IOException(
            file + " has " + numbers + " probabilities, more than can be looked at at once");
      }
      float[] all = new float[(int) numbers];
      for (int i = 0; i < rows.size(); i++) {
        System.arraycopy(rows.get(i), 0, all, i * classes.size(), classes.size());
      }
      int[] given = labels.stream().mapToInt(Integer::intValue).toArray();
      return new StoredPredictions(
          Predictions.ofProbabilities(all, given, classes.size()), List.copyOf(names), classes);
    }
  }

  /**
   * Reads a file.
   *
   * @param file {@code .csv} or {@code .jsonl}; other columns may stand among those of predictions
   * @throws IOException with a sentence for the user if it cannot be read or is no such file
   * @throws IllegalArgumentException if its name ends otherwise
   */
  public static StoredPredictions read(Path file) throws IOException {
    PredictionsFile.requireKnown(file);
    String text = new String(Files.readAllBytes(RegularFile.require(file)), StandardCharsets.UTF_8);
    return PredictionsFile.isCsv(file) ? csv(file, text) : jsonLines(file, text);
  }

  private static StoredPredictions csv(Path file, String text) throws IOException {
    List<List<String>> table = Csv.parse(text);
    List<String> header = table.isEmpty() ? List.of() : table.get(0);
    List<Integer> columns = new ArrayList<>();
    List<String> classes = new ArrayList<>();
    for (int c = 0; c < header.size(); c++) {
      String name = header.get(c);
      if (name.startsWith("p(") && name.endsWith(")")) {
        columns.add(c);
        classes.add(name.substring(2, name.length() - 1));
      }
    }
    int image = header.indexOf("image");
    int truth = header.indexOf("truth");
    Reader reader = new Reader(file, image < 0 || truth < 0 ? List.of() : List.copyOf(classes));
    for (List<String> row : table.subList(1, table.size())) {
      if (row.size() != header.size()) {
        throw reader.wrong("it has " + row.size() + " values, but the first line has " + header.size());
      }
      reader.add(row.get(image), row.get(truth), columns.stream().map(row::get).toList());
    }
    return reader.result();
  }

  private static StoredPredictions jsonLines(Path file, String text) throws IOException {
    Reader reader = null;
    for (String line : text.lines().filter(line -> !line.isBlank()).toList()) {
      JsonNode node;
      try {
        node = JSON.readTree(line);
      } catch (JsonProcessingException e) {
        throw new IOException(file + " has a line that is no JSON: " + e.getOriginalMessage(), e);
      }
      List<String> classes = new ArrayList<>();
      node.path("probabilities").fieldNames().forEachRemaining(classes::add);
      reader = reader == null ? new Reader(file, List.copyOf(classes)) : reader;
      if (!classes.equals(reader.classes)) {
        throw reader.wrong("it has probabilities of other classes than the first one");
      }
      reader.add(
          node.path("image").asText(), node.path("truth").asText(),
          classes.stream().map(name -> node.path("probabilities").path(name).asText()).toList());
    }
    return (reader == null ? new Reader(file, List.of()) : reader).result();
  }
}
