package org.swinengine.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * What an epoch gave: a line of {@code metrics.jsonl}. All but the last three depend on the configuration
 * alone.
 *
 * @param epoch from 1
 * @param step optimizer steps of the run until now
 * @param trainLoss mean training loss over the epoch, with label smoothing and augmentation
 * @param validationLoss mean cross-entropy over the validation images
 * @param top1 percentage of validation images whose class the model puts first
 * @param top5 percentage whose class is among the first five
 * @param macroF1 mean of the classes' F1, 0 to 1; not a number in lines written before it was measured
 * @param balancedAccuracy mean of the classes' recall, 0 to 1; not a number in such lines
 * @param auc area below the ROC curve, 0.5 to 1 as a rule; not a number in such lines, and where it would
 *     take long
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
    double top1,
    double top5,
    double macroF1,
    double balancedAccuracy,
    double auc,
    double learningRate,
    double gradientNorm,
    double imagesPerSecond,
    double seconds,
    long peakResidentMegabytes) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** One line of JSON, without its line feed. */
  public String toJson() {
    ObjectNode node = JSON.createObjectNode();
    node.put("epoch", epoch);
    node.put("step", step);
    node.put("train_loss", trainLoss);
    node.put("val_loss", validationLoss);
    node.put("val_top1", top1);
    node.put("val_top5", top5);
    putKnown(node, "val_macro_f1", macroF1);
    putKnown(node, "val_balanced_accuracy", balancedAccuracy);
    putKnown(node, "val_auc", auc);
    node.put("lr", learningRate);
    node.put("gradient_norm", gradientNorm);
    node.put("images_per_second", Math.round(imagesPerSecond * 10) / 10.0);
    node.put("seconds", Math.round(seconds * 1000) / 1000.0);
    node.put("peak_rss_mb", peakResidentMegabytes);
    return node.toString();
  }

  private static void putKnown(ObjectNode node, String key, double value) {
    if (!Double.isNaN(value)) {
      node.put(key, value);
    }
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
          node.required("val_loss").asDouble(),
          node.required("val_top1").asDouble(),
          node.required("val_top5").asDouble(),
          node.path("val_macro_f1").asDouble(Double.NaN),
          node.path("val_balanced_accuracy").asDouble(Double.NaN),
          node.path("val_auc").asDouble(Double.NaN),
          node.required("lr").asDouble(),
          node.required("gradient_norm").asDouble(),
          node.required("images_per_second").asDouble(),
          node.required("seconds").asDouble(),
          node.path("peak_rss_mb").asLong());
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not a line of metrics: " + line, e);
    }
  }
}
