package org.swinengine.train.tuning;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.swinengine.report.EpochMetrics;

/** Which figure of the validation says how good an epoch's weights are. */
public enum BestMetric {
  /** What is usual for the task; a run that has begun has one of the others. */
  AUTO("", ""),
  /** Percentage of images whose class comes first: {@link EpochMetrics#top1}. */
  ACCURACY("top-1", "%.2f %%"),
  /** Mean cross-entropy, where less is better: {@link EpochMetrics#validationLoss}. */
  LOSS("val loss", "%.4f"),
  /**
   * Mean of the classes' F1, 0 to 1, where small classes count as much as large ones: {@link
   * EpochMetrics#macroF1}.
   */
  MACRO_F1("macro-F1", "%.4f"),
  /** Mean Dice coefficient of the classes of pixels but the background, 0 to 1: {@code val_dice}. */
  DICE("Dice", "%.4f"),
  /** Mean intersection over union of these, 0 to 1: {@code val_iou}. */
  IOU("IoU", "%.4f"),
  /** Mean area below the classes' ROC curves, 0 to 1, of images of several classes. */
  AUC("AUC", "%.4f"),
  /** Mean of the classes' average precision, 0 to 1, of images of several classes. */
  MAP("mAP", "%.4f");

  private final String shownName;
  private final String format;

  BestMetric(String shownName, String format) {
    this.shownName = shownName;
    this.format = format;
  }

  /** As a user writes it. */
  public String text() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * What a user wrote.
   *
   * @throws IllegalArgumentException saying what is allowed
   */
  public static BestMetric of(String text) {
    for (BestMetric value : values()) {
      if (value.text().equals(text)) {
        return value;
      }
    }
    throw new IllegalArgumentException(
        "`bestMetric` is " + text + ", but must be one of "
            + Arrays.stream(values()).map(BestMetric::text).collect(Collectors.joining(", ")));
  }

  /** The figure. */
  public double of(EpochMetrics metrics) {
    return switch (this) {
      case AUTO -> throw new IllegalStateException("which metric is meant depends on the task");
      case ACCURACY -> metrics.top1();
      case LOSS -> metrics.validationLoss();
      case MACRO_F1 -> metrics.macroF1();
      case DICE -> metrics.value("val_dice");
      case IOU -> metrics.value("val_iou");
      case AUC -> metrics.auc();
      case MAP -> metrics.value("val_map");
    };
  }

  /**
   * Whether a value is better than another by more than a difference. Any number is better than NaN, and NaN
   * is better than nothing.
   */
  public boolean isBetter(double value, double than, double byMoreThan) {
    if (Double.isNaN(value) || Double.isNaN(than)) {
      return !Double.isNaN(value);
    }
    return (this == LOSS ? than - value : value - than) > byMoreThan;
  }

  /** Like {@code macro-F1 0.8123}. */
  public String shown(double value) {
    return shownName + " " + String.format(Locale.ROOT, format, value);
  }
}
