package org.swinengine.inference;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.swinengine.weights.RegularFile;

/**
 * The folder of a cross-validation: a run's folder for each fold, {@code fold-1}, {@code fold-2} and so on,
 * and {@code folds.json}, which says how many there are.
 *
 * @param path the folder
 * @param count number of folds
 * @param seed that chose them
 * @param complete whether all folds have ended and been measured
 * @param text all of {@code folds.json}
 */
public record FoldsFolder(Path path, int count, long seed, boolean complete, String text) {
  /** The file that makes a folder one of folds. */
  public static final String FILE = "folds.json";

  private static final String BEST = "best.safetensors";
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Whether a folder is that of a cross-validation. */
  public static boolean isOne(Path folder) {
    return Files.isRegularFile(folder.resolve(FILE));
  }

  /**
   * Reads {@code folds.json}.
   *
   * @throws CheckpointException if it cannot be read or understood
   */
  public static FoldsFolder read(Path folder) {
    Path file = folder.resolve(FILE);
    try {
      String text = Files.readString(RegularFile.require(file));
      JsonNode node = JSON.readTree(text);
      return new FoldsFolder(
          folder, node.required("folds").asInt(), node.required("seed").asLong(),
          node.required("complete").asBoolean(), text);
    } catch (JsonProcessingException | IllegalArgumentException e) {
      throw new CheckpointException(
          file + " cannot be understood (" + String.valueOf(e.getMessage()).lines().findFirst().orElse("")
              + "); the file is damaged");
    } catch (IOException e) {
      throw new CheckpointException(file + " cannot be read (" + e.getMessage() + ")");
    }
  }

  /**
   * Thresholds of the classes, chosen on all out-of-fold predictions; null where there are none.
   *
   * @throws CheckpointException if they cannot be understood
   */
  double @Nullable [] thresholds() {
    try {
      JsonNode list = JSON.readTree(text).path("thresholds");
      double[] thresholds = new double[list.size()];
      for (int c = 0; c < thresholds.length; c++) {
        thresholds[c] = list.get(c).asDouble(Double.NaN);
        if (Double.isNaN(thresholds[c])) {
          throw new CheckpointException(
              path.resolve(FILE) + " has a threshold that is no number; the file is damaged");
        }
      }
      return list.isArray() ? thresholds : null;
    } catch (JsonProcessingException e) {
      throw new CheckpointException(
          path.resolve(FILE) + " cannot be understood; the file is damaged");
    }
  }

  /**
   * What was found out of all folds together under a name, such as what their predictions lose.
   *
   * @return JSON; empty where there is none
   * @throws CheckpointException if the file cannot be understood
   */
  Optional<String> said(String key) {
    try {
      return Optional.ofNullable(JSON.readTree(text).get(key)).map(JsonNode::toString);
    } catch (JsonProcessingException e) {
      throw new CheckpointException(
          path.resolve(FILE) + " cannot be understood; the file is damaged");
    }
  }

  /** The folder of a fold, from 1. */
  public Path fold(int number) {
    return path.resolve("fold-" + number);
  }

  /**
   * The best weights of all folds.
   *
   * @throws CheckpointException if the folds are not complete
   */
  public List<Path> weights() {
    List<Path> files = IntStream.rangeClosed(1, count).mapToObj(i -> fold(i).resolve(BEST)).toList();
    if (!complete || !files.stream().allMatch(Files::isRegularFile)) {
      throw new CheckpointException(
          "the folds in " + path + " are not complete, so their mean is not what was to be measured; go on"
              + " with the run (`resume`), or name the weights of those that are to be used");
    }
    return files;
  }
}
