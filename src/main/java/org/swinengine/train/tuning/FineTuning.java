package org.swinengine.train.tuning;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.swinengine.inference.WeightSource;
import org.swinengine.train.settings.Setting;
import org.swinengine.train.settings.SettingTable;

/**
 * How a run starts from weights, which of its epochs is the best, and when it ends early.
 *
 * @param weights first weights; null: fresh ones
 * @param freeze which parameters stay as they are
 * @param unfreezeAfter epochs after which what {@code freeze} names is trained too, at rates that
 *     {@code layerDecay} and {@code headRate} say; 0: never
 * @param patience epochs without a better result after which the run ends; 0: never
 * @param cacheFeatures whether what a frozen backbone gives is computed once
 * @param bestMetric what a better result is
 * @param minDelta by how much more than nothing a result must be better to count against {@code patience}, in
 *     the metric's own unit (percent for accuracy); the best weights are those of the best epoch all the same
 * @param layerDecay factor of the learning rate from each layer to the one before it, above 0; 1: the same
 *     for all
 * @param headRate factor of the head's learning rate, above 0
 */
public record FineTuning(
    @Nullable WeightSource weights,
    @Setting(
        help = "Parameters that stay as they are: none, backbone (all but the head), blocks:N (of a"
            + " ViT), stages:N (of a Swin) or re:REGEX (of their paths).",
        usual = "none", label = "WHAT") Freeze freeze,
    @Setting(
        help = "Train what `freeze` names too after so many epochs, with rates by `layerDecay`; 0: never."
            + " With `schedule` onecycle each part has a cycle, the second of half the rate.",
        usual = "0", label = "N", least = 0) int unfreezeAfter,
    @Setting(
        help = "End after so many epochs without a better `bestMetric`, counted from `unfreezeAfter` on;"
            + " 0: never.",
        usual = "0", least = 0) int patience,
    @Setting(
        help = "With a frozen backbone and images that do not vary (`flip` 0 `cropScale` 0), compute"
            + " its features once and let epochs run the head alone: auto (where possible), on or off.",
        usual = "auto", label = "WHEN", changesResult = false) CacheFeatures cacheFeatures,
    @Setting(
        help = "What makes an epoch's weights the best on the validation images: accuracy, loss or"
            + " macro-f1 (mean over the classes).",
        usual = "auto", byDefault = "accuracy", label = "METRIC") BestMetric bestMetric,
    @Setting(
        help = "`patience` counts only what is better by more than this, in the metric's unit"
            + " (percent for accuracy).",
        usual = "0", label = "D", least = 0) double minDelta,
    @Setting(
        help = "Factor of the learning rate from each block to the one before it, 0 to 1.",
        usual = "1", label = "D", least = Double.MIN_NORMAL, most = 1) double layerDecay,
    @Setting(
        help = "Factor of the head's learning rate, such as 10 for a new one.",
        usual = "1", key = "HEAD_LR", label = "F", least = Double.MIN_NORMAL) double headRate) {
  private static final SettingTable<FineTuning> TABLE = SettingTable.of(FineTuning.class);

  /** From scratch, all epochs. */
  public static final FineTuning NONE = TABLE.from(Map.of());

  /**
   * Checks what depends on the run's length.
   *
   * @param epochs of the run
   * @throws IllegalArgumentException if nothing would be unfrozen
   */
  public void requireFitting(int epochs) {
    if (unfreezes() && freeze.equals(Freeze.NONE)) {
      throw new IllegalArgumentException(
          "`unfreezeAfter` is " + unfreezeAfter + ", but nothing is frozen; say what with `freeze`, such as"
              + " backbone");
    }
    if (unfreezeAfter >= epochs && unfreezes()) {
      throw new IllegalArgumentException(
          "`unfreezeAfter` is " + unfreezeAfter + ", but must be less than the run's " + epochs
              + " epochs; 0 leaves frozen what is frozen");
    }
  }

  /** What is frozen in an epoch, from 0. */
  public Freeze freezeIn(int epoch) {
    return unfreezes() && epoch >= unfreezeAfter ? Freeze.NONE : freeze;
  }

  /** Whether what is frozen at first is trained later. */
  public boolean unfreezes() {
    return unfreezeAfter > 0;
  }

  /** What is frozen in the end. */
  public Freeze lastFreeze() {
    return unfreezes() ? Freeze.NONE : freeze;
  }

  /** The same from other weights; null: from fresh ones. */
  public FineTuning withWeights(@Nullable WeightSource source) {
    Map<String, Object> values = values();
    values.remove("weights");
    if (source != null) {
      values.put("weights", source);
    }
    return TABLE.from(values);
  }

  /** The same with other parameters frozen. */
  public FineTuning withFreeze(Freeze what) {
    return with("freeze", what);
  }

  /** The same with everything trained after so many epochs; 0: never. */
  public FineTuning withUnfreezeAfter(int epochs) {
    return with("unfreezeAfter", epochs);
  }

  /** The same with another patience. */
  public FineTuning withPatience(int epochs) {
    return with("patience", epochs);
  }

  /** The same with features cached or not. */
  public FineTuning withCacheFeatures(CacheFeatures choice) {
    return with("cacheFeatures", choice);
  }

  /** The same with another measure of the best epoch. */
  public FineTuning withBestMetric(BestMetric metric) {
    return with("bestMetric", metric);
  }

  /** The same with another least improvement. */
  public FineTuning withMinDelta(double delta) {
    return with("minDelta", delta);
  }

  /** The same with another decay of learning rates over the layers. */
  public FineTuning withLayerDecay(double decay) {
    return with("layerDecay", decay);
  }

  /** The same with another factor of the head's learning rate. */
  public FineTuning withHeadRate(double factor) {
    return with("headRate", factor);
  }

  private FineTuning with(String name, Object value) {
    Map<String, Object> values = values();
    values.put(name, value);
    return TABLE.from(values);
  }

  private Map<String, Object> values() {
    Map<String, Object> values = new HashMap<>();
    TABLE.copy(this, values);
    return values;
  }
}
