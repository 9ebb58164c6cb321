package org.swinengine.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What an epoch gave: a line of {@code metrics.jsonl}. All but the last three depend on the configuration
 * alone.
 *
 * @param epoch from 1
 * @param step optimizer steps of the run until now
 * @param trainLoss mean training loss over the epoch, with label smoothing and augmentation
 * @param validationLoss mean loss over the validation images, such as the cross-entropy
 * @param values the task's figures of the validation images by their keys, which begin with {@code val_}, in
 *     the line's order; those that are not a number are left out of it
 * @param learningRate of the epoch's last step
 * @param gradientNorm mean global gradient norm before clipping
 * @param imagesPerSecond training rate, without validation
 * @param seconds of training and validation
 * @param peakResidentMegabytes the most memory that the process has had until now, in 10⁶ bytes; 0 in lines
 *     written before it was measured
 */
public record EpochMetrics(
    int epoch,
    long step,
    double trainLoss,
    double validationLoss,
    Map<String, Double> values,
    double learningRate,
    double gradientNorm,
    double imagesPerSecond,
    double seconds,
    long peakResidentMegabytes) {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final String PREFIX = "val_";
  private static final String LOSS = PREFIX + "loss";

  /** Keeps the order of the figures. */
  public EpochMetrics {
    Map<String, Double> known = new LinkedHashMap<>(values);
    known.values().removeIf(value -> Double.isNaN(value));
    values = Collections.unmodifiableMap(known);
  }

  /**
   * A figure of the validation images.
   *
   * @param key as {@link #values} has it, such as {@code val_auc}
   * @return not a number where it was not measured
   */
  public double value(String key) {
    return values.getOrDefault(key, Double.NaN);
  }

  /** Percentage of validation images whose class the model puts first. */
  public double top1() {
    return value("val_top1");
  }

  /** Percentage whose class is among the first five. */
  public double top5() {
    return value("val_top5");
  }

  /** Mean of the classes' F1, 0 to 1. */
  public double macroF1() {
    return value("val_macro_f1");
  }

  /** Mean of the classes' recall, 0 to 1. */
  public double balancedAccuracy() {
    return value("val_balanced_accuracy");
  }

  /** Area below the ROC curve, 0.5 to 1 as a rule. */
  public double auc() {
    return value("val_auc");
  }

  /** One line of JSON, without its line feed. */
  public String toJson() {
    ObjectNode node = JSON.createObjectNode();
    node.put("epoch", epoch);
    node.put("step", step);
    node.put("train_loss", trainLoss);
    node.put(LOSS, validationLoss);
    values.forEach(node::put);
    node.put("lr", learningRate);
    node.put("gradient_norm", gradientNorm);
    node.put("images_per_second", Math.round(imagesPerSecond * 10) / 10.0);
    node.put("seconds", Math.round(seconds * 1000) / 1000.0);
    node.put("peak_rss_mb", peakResidentMegabytes);
    return node.toString();
  }

  /**
   * Reads {@link #toJson} back.
   *
   * @throws IllegalArgumentException if the line is not such an object
   */
  public static EpochMetrics fromJson(String line) {
    try {
      JsonNode node = JSON.readTree(line);
      return new EpochMetrics(
          node.required("epoch").asInt(),
          node.required("step").asLong(),
          node.required("train_loss").asDouble(),
          node.required(LOSS).asDouble(),
          values(node),
          node.required("lr").asDouble(),
          node.required("gradient_norm").asDouble(),
          node.required("images_per_second").asDouble(),
          node.required("seconds").asDouble(),
          node.path("peak_rss_mb").asLong());
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not a line of metrics: " + line, e);
    }
  }

  private static Map<String, Double> values(JsonNode node) {
    Map<String, Double> values = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> field : node.properties()) {
      if (field.getKey().startsWith(PREFIX) && !field.getKey().equals(LOSS)) {
        values.put(field.getKey(), field.getValue().asDouble(Double.NaN));
      }
    }
    return values;
  }
}
