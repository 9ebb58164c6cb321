package org.swinengine.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.swinengine.metrics.Figure;

/**
 * What a cross-validation gave beside the evaluation of all its out-of-fold predictions: what
 * {@code folds.json} holds.
 *
 * @param seed that chose the folds
 * @param each the folds, in their order
 * @param figures of all out-of-fold predictions together, and of each fold
 * @param test what the mean of the folds' models gives on images that no fold has seen; null: there are none
 * @param thresholds of the classes, where images may have several, chosen on all out-of-fold predictions;
 *     null: they have one
 * @param cleanUp what the predictions of models that segment lose, chosen on all out-of-fold predictions, as
 *     a checkpoint keeps it; null: it was not asked for
 */
public record FoldsSummary(
    long seed, List<OfFold> each, List<Spread> figures, @Nullable OfTest test,
    @Nullable List<Double> thresholds, @Nullable String cleanUp) {
  private static final String CLEAN_UP = "clean_up";
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Where there are no thresholds. */
  public FoldsSummary(long seed, List<OfFold> each, List<Spread> figures, @Nullable OfTest test) {
    this(seed, each, figures, test, null, null);
  }

  /**
   * A fold.
   *
   * @param folder name of its folder
   * @param trainingImages number of images that it learnt from
   * @param images number of images that it was measured on
   * @param epochs that it had
   * @param bestEpoch the one whose weights were measured, from 1
   */
  public record OfFold(String folder, int trainingImages, int images, int epochs, int bestEpoch) {}

  /**
   * A figure over the folds.
   *
   * @param pooled of all out-of-fold predictions together, with its interval
   * @param values of each fold; not a number where it has none
   */
  public record Spread(Figure pooled, List<Double> values) {
    private double[] known() {
      return values.stream().mapToDouble(Double::doubleValue).filter(value -> !Double.isNaN(value)).toArray();
    }

    /** Mean of the folds that have one; not a number without any. */
    public double mean() {
      double[] known = known();
      double sum = 0;
      for (double value : known) {
        sum += value;
      }
      return known.length == 0 ? Double.NaN : sum / known.length;
    }

    /** Standard deviation of the folds (n − 1); not a number below two. */
    public double deviation() {
      double[] known = known();
      double mean = mean();
      double squares = 0;
      for (double value : known) {
        squares += (value - mean) * (value - mean);
      }
      return known.length < 2 ? Double.NaN : Math.sqrt(squares / (known.length - 1));
    }
  }

  /**
   * A measurement of images that no fold has seen.
   *
   * @param data a line on the images
   * @param images their number
   * @param figures with their intervals
   */
  public record OfTest(String data, int images, List<Figure> figures) {}

  /** A figure; without values if there is none of that name. */
  public Spread figure(String key) {
    return figures.stream().filter(one -> one.pooled().key().equals(key)).findFirst()
        .orElse(new Spread(Figure.of(key, Double.NaN), List.of()));
  }

  /** {@code folds.json} of a run that has just begun. */
  public static String begun(int folds, long seed) {
    return JSON.createObjectNode().put("folds", folds).put("seed", seed).put("complete", false) + "\n";
  }

  /** {@code folds.json} of a run that is complete. */
  public String toJson() {
    ObjectNode node = JSON.createObjectNode();
    node.put("folds", each.size()).put("seed", seed).put("complete", true);
    ObjectNode all = node.putObject("figures");
    for (Spread one : figures) {
      ObjectNode figure = put(all, one.pooled());
      number(figure, "mean", one.mean());
      number(figure, "deviation", one.deviation());
      ArrayNode values = figure.putArray("folds");
      one.values().forEach(value -> {
        if (Double.isFinite(value)) {
          values.add(value);
        } else {
          values.addNull();
        }
      });
    }
    ArrayNode list = node.putArray("each");
    for (OfFold fold : each) {
      list.addObject().put("folder", fold.folder()).put("training_images", fold.trainingImages())
          .put("images", fold.images()).put("epochs", fold.epochs()).put("best_epoch", fold.bestEpoch());
    }
    if (thresholds != null) {
      ArrayNode chosen = node.putArray("thresholds");
      thresholds.forEach(chosen::add);
    }
    if (cleanUp != null) {
      node.set(CLEAN_UP, tree(cleanUp));
    }
    if (test != null) {
      ObjectNode measured = node.putObject("test").put("data", test.data()).put("images", test.images());
      ObjectNode its = measured.putObject("figures");
      test.figures().forEach(figure -> put(its, figure));
    }
    return node.toPrettyString() + "\n";
  }

  private static ObjectNode put(ObjectNode all, Figure figure) {
    ObjectNode one = all.putObject(figure.key());
    number(one, "value", figure.value());
    number(one, "low", figure.low());
    number(one, "high", figure.high());
    return one;
  }

  private static void number(ObjectNode node, String key, double value) {
    if (Double.isFinite(value)) {
      node.put(key, value);
    } else {
      node.putNull(key);
    }
  }

  /**
   * Reads {@link #toJson} back.
   *
   * @throws IllegalArgumentException if it is something else
   */
  public static FoldsSummary of(String json) {
    JsonNode node = tree(json);
    List<OfFold> each = new ArrayList<>();
    for (JsonNode fold : node.required("each")) {
      each.add(
          new OfFold(
              fold.required("folder").asText(), fold.required("training_images").asInt(),
              fold.required("images").asInt(), fold.required("epochs").asInt(),
              fold.required("best_epoch").asInt()));
    }
    List<Spread> figures = new ArrayList<>();
    for (Map.Entry<String, JsonNode> one : node.required("figures").properties()) {
      List<Double> values = new ArrayList<>();
      one.getValue().required("folds").forEach(value -> values.add(value.asDouble(Double.NaN)));
      figures.add(new Spread(figure(one.getKey(), one.getValue()), List.copyOf(values)));
    }
    JsonNode test = node.path("test");
    List<Double> thresholds = new ArrayList<>();
    node.path("thresholds").forEach(one -> thresholds.add(one.asDouble()));
    List<Figure> measured = new ArrayList<>();
    for (Map.Entry<String, JsonNode> one : test.path("figures").properties()) {
      measured.add(figure(one.getKey(), one.getValue()));
    }
    return new FoldsSummary(
        node.required("seed").asLong(), List.copyOf(each), List.copyOf(figures),
        test.isObject()
            ? new OfTest(test.path("data").asText(), test.path("images").asInt(), List.copyOf(measured))
            : null,
        node.has("thresholds") ? List.copyOf(thresholds) : null,
        node.has(CLEAN_UP) ? node.get(CLEAN_UP).toString() : null);
  }

  private static JsonNode tree(String json) {
    try {
      return JSON.readTree(json);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(String.valueOf(e.getOriginalMessage()), e);
    }
  }

  private static Figure figure(String key, JsonNode node) {
    return new Figure(
        key, node.path("value").asDouble(Double.NaN), node.path("low").asDouble(Double.NaN),
        node.path("high").asDouble(Double.NaN));
  }
}
