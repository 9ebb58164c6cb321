package org.swinengine.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;
import org.swinengine.inference.CheckpointException;
import org.swinengine.report.EpochMetrics;
import org.swinengine.train.tuning.FineTuning;

/**
 * Where a run stands between two steps.
 *
 * @param epoch epochs that are complete, validation included
 * @param stepInEpoch optimizer steps of the epoch after them
 * @param lossSum sum of those steps' losses
 * @param normSum sum of those steps' gradient norms
 * @param bestEpoch epoch (from 1) with the best value of the run's metric; 0 before the first
 * @param bestTop1 its top-1 in percent
 * @param bestValue its value
 * @param advanceEpoch the last epoch that was better by more than the least difference than the one before
 *     that was
 * @param advanceValue its value
 * @param trainingImages images of the training part, to notice other data
 */
record TrainingProgress(
    int epoch,
    int stepInEpoch,
    double lossSum,
    double normSum,
    int bestEpoch,
    double bestTop1,
    double bestValue,
    int advanceEpoch,
    double advanceValue,
    int trainingImages) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** What a file says: the progress, and the optimizer's count of steps. */
  record Restored(TrainingProgress progress, long optimizerSteps) {}

  static TrainingProgress start(int trainingImages) {
    return new TrainingProgress(0, 0, 0, 0, 0, 0, 0, 0, 0, trainingImages);
  }

  /** The same with another number of training images: an epoch that had begun begins anew. */
  TrainingProgress withTrainingImages(int number) {
    return new TrainingProgress(
        epoch, 0, 0, 0, bestEpoch, bestTop1, bestValue, advanceEpoch, advanceValue, number);
  }

  TrainingProgress afterStep(double loss, double norm) {
    return new TrainingProgress(
        epoch,
        stepInEpoch + 1,
        lossSum + loss,
        normSum + norm,
        bestEpoch,
        bestTop1,
        bestValue,
        advanceEpoch,
        advanceValue,
        trainingImages);
  }

  /**
   * With an epoch more. Of epochs whose metric is equal, the one with the lower loss is the best; patience
   * counts the metric alone.
   *
   * @param best metrics of {@link #bestEpoch}; null if that is 0
   */
  TrainingProgress afterEpoch(EpochMetrics metrics, @Nullable EpochMetrics best, FineTuning tuning) {
    double value = tuning.bestMetric().of(metrics);
    boolean better =
        bestEpoch == 0
            || tuning.bestMetric().isBetter(value, bestValue, 0)
            || value == bestValue && best != null && metrics.validationLoss() < best.validationLoss();
    boolean advance =
        advanceEpoch == 0 || tuning.bestMetric().isBetter(value, advanceValue, tuning.minDelta());
    return new TrainingProgress(
        epoch + 1,
        0,
        0,
        0,
        better ? epoch + 1 : bestEpoch,
        better ? metrics.top1() : bestTop1,
        better ? value : bestValue,
        advance ? epoch + 1 : advanceEpoch,
        advance ? value : advanceValue,
        trainingImages);
  }

  /** Sums go as their bits: decimal text would do, but this cannot be got wrong. */
  String toJson(long optimizerSteps) {
    ObjectNode node = JSON.createObjectNode();
    node.put("epoch", epoch);
    node.put("step_in_epoch", stepInEpoch);
    node.put("optimizer_steps", optimizerSteps);
    node.put("loss_sum_bits", Long.toHexString(Double.doubleToLongBits(lossSum)));
    node.put("gradient_norm_sum_bits", Long.toHexString(Double.doubleToLongBits(normSum)));
    node.put("best_epoch", bestEpoch);
    node.put("best_top1_bits", Long.toHexString(Double.doubleToLongBits(bestTop1)));
    node.put("best_value_bits", Long.toHexString(Double.doubleToLongBits(bestValue)));
    node.put("advance_epoch", advanceEpoch);
    node.put("advance_value_bits", Long.toHexString(Double.doubleToLongBits(advanceValue)));
    node.put("training_images", trainingImages);
    return node.toString();
  }

  static Restored fromJson(String json, String source) {
    try {
      JsonNode node = JSON.readTree(json);
      // Files of before there was a choice: the metric was top-1, and any improvement counted.
      boolean chosen = node.has("best_value_bits");
      TrainingProgress progress =
          new TrainingProgress(
              node.required("epoch").asInt(),
              node.required("step_in_epoch").asInt(),
              fromBits(node, "loss_sum_bits"),
              fromBits(node, "gradient_norm_sum_bits"),
              node.required("best_epoch").asInt(),
              fromBits(node, "best_top1_bits"),
              fromBits(node, chosen ? "best_value_bits" : "best_top1_bits"),
              node.required(chosen ? "advance_epoch" : "best_epoch").asInt(),
              fromBits(node, chosen ? "advance_value_bits" : "best_top1_bits"),
              node.required("training_images").asInt());
      return new Restored(progress, node.required("optimizer_steps").asLong());
    } catch (JsonProcessingException | IllegalArgumentException e) {
      throw new CheckpointException(
          source + ": where its run stands cannot be read (" + e.getMessage() + "); the file is damaged");
    }
  }

  private static double fromBits(JsonNode node, String key) {
    return Double.longBitsToDouble(Long.parseUnsignedLong(node.required(key).asText(), 16));
  }
}
