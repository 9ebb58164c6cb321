package org.swinengine.inference;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.swinengine.data.Dataset;
import org.swinengine.data.Fingerprint;
import org.swinengine.metrics.ConformalScores;
import org.swinengine.metrics.ConformalSets;
import java.io.IOException;

/**
 * What a checkpoint says of how sure its model may be, measured on images that it was not trained on: the
 * temperature by which logits are divided, and the scores that give sets of classes for any coverage. Of a
 * picture alone, as `predict` prepares it: the mean over several views is sure in another way.
 *
 * <pre>{@code
 * StoredCalibration calibration = model.calibration().orElseThrow();
 * ConformalSets sets = calibration.sets(0.9);
 * List<ClassProbability> likely = model.predict(picture).in(sets);
 * }</pre>
 *
 * @param temperature by which logits are divided, above 0; empty: probabilities are best as they are, or it
 *     could not be told
 * @param scores of the images
 * @param classes number of the model's classes
 * @param images number of images
 * @param groups number of groups of images that belong together; that of the images if each stands alone
 * @param fingerprint of the images, see {@link Fingerprint#digest}; null: not known
 */
public record StoredCalibration(
    Optional<Double> temperature, ConformalScores scores, int classes, int images, int groups,
    @Nullable String fingerprint) {
  /** Under which name it is in a checkpoint's metadata. */
  public static final String KEY = "calibration";

  private static final double LEAST_TEMPERATURE = 1e-3;
  private static final double LARGEST_TEMPERATURE = 1e3;

  private static final String WITHOUT =
      "take an earlier one, or remove \"" + KEY + "\" from its metadata";

  private static final ObjectMapper JSON = new ObjectMapper();

  /** The number that logits are divided by: 1 without a temperature. */
  public double divisor() {
    return temperature.orElse(1.0);
  }

  /**
   * Sets of classes that hold a picture's class with a given chance: in each class's pictures where there
   * were enough images of it ({@link ConformalScores#tooSmall}), and else in all pictures together. That
   * holds for pictures like the images that the scores are from.
   *
   * @param coverage above 0, below 1
   * @throws IllegalArgumentException if it is not, or there were too few images for it
   */
  public ConformalSets sets(double coverage) {
    return scores.sets(coverage, classes);
  }

  /** Whether it was measured on these very images. */
  public boolean isOf(Dataset dataset) throws IOException {
    return fingerprint != null && dataset.fingerprint().map(Fingerprint::digest)
        .filter(fingerprint::equals).isPresent();
  }

  /** One line for a person. */
  public String describe() {
    return temperature.map(number -> String.format(Locale.ROOT, "temperature %.4g", number))
        .orElse("no temperature") + ", and scores of " + images + " images"
        + (groups < images ? " in " + groups + " groups" : "") + " for sets of classes"
        + (scores.byClass().isEmpty() ? "" : " of each class");
  }

  /** As metadata: the same images and weights give the same text. */
  public String toJson() {
    ObjectNode node = JSON.createObjectNode();
    temperature.ifPresent(number -> node.put("temperature", number));
    node.put("classes", classes).put("images", images).put("groups", groups);
    if (fingerprint != null) {
      node.put("fingerprint", fingerprint);
    }
    node.put("score", ConformalScores.SCORE.name().toLowerCase(Locale.ROOT));
    write(node.putObject("all"), scores.all());
    ArrayNode byClass = node.putArray("by_class");
    scores.byClass().forEach(kept -> write(byClass.addObject(), kept));
    return node.toString();
  }

  private static void write(ObjectNode node, ConformalScores.Kept kept) {
    float[] scores = kept.scores();
    ByteBuffer bytes = ByteBuffer.allocate(scores.length * Float.BYTES);
    bytes.asFloatBuffer().put(scores);
    node.put("images", kept.samples());
    node.put("scores", Base64.getEncoder().encodeToString(bytes.array()));
  }

  /**
   * What a checkpoint says.
   *
   * @param json the metadata under {@link #KEY}
   * @param source its name in errors
   * @throws CheckpointException if it cannot be understood
   */
  public static StoredCalibration of(String json, String source) {
    try {
      JsonNode node = JSON.readTree(json);
      Optional<Double> temperature =
          node.hasNonNull("temperature") ? Optional.of(temperature(node.get("temperature")))
              : Optional.empty();
      String score = node.required("score").asText();
      if (!score.equals(ConformalScores.SCORE.name().toLowerCase(Locale.ROOT))) {
        throw new IllegalArgumentException("its scores are " + score + ", but only lac is known");
      }
      ConformalScores.Kept all = kept(node.required("all"));
      List<ConformalScores.Kept> byClass = new ArrayList<>();
      long together = 0;
      for (JsonNode one : node.required("by_class")) {
        byClass.add(kept(one));
        together += byClass.get(byClass.size() - 1).samples();
      }
      int images = count(node, "images");
      int classes = count(node, "classes");
      if (!byClass.isEmpty() && byClass.size() != classes) {
        throw new IllegalArgumentException(
            "it has scores of " + byClass.size() + " classes, but is of " + classes);
      }
      if (images < 1 || all.samples() != images || !byClass.isEmpty() && together != images) {
        throw new IllegalArgumentException("the numbers of its images contradict one another");
      }
      return new StoredCalibration(
          temperature, new ConformalScores(all, byClass), classes, images, count(node, "groups"),
          node.hasNonNull("fingerprint") ? node.get("fingerprint").asText() : null);
    } catch (JsonProcessingException | IllegalArgumentException e) {
      throw new CheckpointException(
          source + ": its calibration cannot be read (" + firstLine(e)
              + "); the file is damaged or was changed; " + WITHOUT);
    }
  }

  /** The same, if it is of so many classes. */
  StoredCalibration require(int number, String source) {
    if (classes != number) {
      throw new CheckpointException(
          source + ": its calibration is of " + classes + " classes, but the model has " + number
              + "; the file was changed; " + WITHOUT);
    }
    return this;
  }

  private static String firstLine(Exception e) {
    String text =
        e instanceof JsonProcessingException json ? json.getOriginalMessage()
            : String.valueOf(e.getMessage());
    return text.lines().findFirst().map(line -> line.length() <= 200 ? line : line.substring(0, 200) + "…")
        .orElse("");
  }

  private static double temperature(JsonNode node) {
    double temperature = node.isNumber() ? node.doubleValue() : Double.NaN;
    if (!(temperature >= LEAST_TEMPERATURE && temperature <= LARGEST_TEMPERATURE)) {
      throw new IllegalArgumentException(
          "its temperature is " + node + ", but must be a number from " + LEAST_TEMPERATURE + " to "
              + LARGEST_TEMPERATURE);
    }
    return temperature;
  }

  private static int count(JsonNode node, String name) {
    JsonNode number = node.required(name);
    if (!number.canConvertToInt() || !number.isIntegralNumber() || number.intValue() < 0) {
      throw new IllegalArgumentException(
          "\"" + name + "\" is " + number + ", but must be a number of things");
    }
    return number.intValue();
  }

  private static ConformalScores.Kept kept(JsonNode node) {
    byte[] bytes = Base64.getDecoder().decode(node.required("scores").asText());
    FloatBuffer buffer = ByteBuffer.wrap(bytes).asFloatBuffer();
    if (bytes.length % Float.BYTES != 0 || buffer.remaining() > ConformalScores.MOST) {
      throw new IllegalArgumentException(
          "there are " + bytes.length + " bytes of scores, but must be at most " + ConformalScores.MOST
              + " numbers of " + Float.BYTES);
    }
    float[] scores = new float[buffer.remaining()];
    buffer.get(scores);
    return new ConformalScores.Kept(count(node, "images"), scores);
  }
}
