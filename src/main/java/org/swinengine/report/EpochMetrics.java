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
    if (!Double.isNaN(macroF1)) {
      node.put("val_macro_f1", macroF1);
    }
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
          node.required("val_loss").asDouble(),
          node.required("val_top1").asDouble(),
          node.required("val_top5").asDouble(),
          node.path("val_macro_f1").asDouble(Double.NaN),
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
