package org.swinengine.train.task;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.swinengine.data.DataSplits;
import org.swinengine.data.segmentation.SegmentationDataset;
import org.swinengine.models.ModelSpec;
import org.swinengine.report.EpochMetrics;
import org.swinengine.train.settings.LossSettings;
import org.swinengine.train.settings.Mixing;
import org.swinengine.train.settings.SegmentationSettings;
import org.swinengine.train.settings.TaskKind;
import org.swinengine.train.tuning.BestMetric;

/** The tasks that there are, and what is known of each without data. */
public final class TrainingTasks {
  private TrainingTasks() {}

  /**
   * The task of a run: what was chosen, or what its model and data are made for.
   *
   * @throws IllegalArgumentException if they do not fit what was chosen
   */
  public static TaskKind kind(TaskKind chosen, ModelSpec model, DataSplits data) {
    requireModel(chosen, model);
    boolean masks = data.train() instanceof SegmentationDataset;
    if (isSegmentation(chosen, model)) {
      if (!masks) {
        throw new IllegalArgumentException(
            model.name() + " gives each pixel a class, but " + data.train().description()
                + " has no masks; give folders images and masks, or a list with columns image and mask");
      }
      return TaskKind.SEGMENT;
    }
    if (masks) {
      throw new IllegalArgumentException(
          data.train().description() + " has a class for each pixel, but " + model.name()
              + " classifies whole images; choose a Swin-Unet, or leave out the model");
    }
    boolean several = data.train().isMultiLabel();
    if (several && chosen == TaskKind.CLASSIFY) {
      throw new IllegalArgumentException(
          "`task` is classify, which is to learn the one class of each image, but " + data.description()
              + ": there are images of several classes, or of none; set `task` multi-label, or leave it at"
              + " auto");
    }
    return several || chosen == TaskKind.MULTI_LABEL ? TaskKind.MULTI_LABEL : TaskKind.CLASSIFY;
  }

  /**
   * Looks at the model, before data are opened.
   *
   * @throws IllegalArgumentException if it is of another task
   */
  public static void requireModel(TaskKind chosen, ModelSpec model) {
    if (chosen == TaskKind.SEGMENT && model.task() != ModelSpec.Task.SEGMENTATION) {
      throw new IllegalArgumentException(
          "`task` segment is for models that give each pixel a class, but " + model.name()
              + " classifies whole images; choose a Swin-Unet, or leave out the model");
    }
    if (isSegmentation(chosen, model)) {
      return;
    }
    model.requireClassification("train");
  }

  /** Whether pixels get classes: by what was chosen, or by the model. */
  public static boolean isSegmentation(TaskKind chosen, ModelSpec model) {
    return chosen == TaskKind.SEGMENT
        || chosen == TaskKind.AUTO && model.task() == ModelSpec.Task.SEGMENTATION;
  }

  /**
   * By what the best epoch is chosen.
   *
   * @param kind not {@link TaskKind#AUTO}
   * @throws IllegalArgumentException if the task does not measure what was chosen
   */
  public static BestMetric best(TaskKind kind, BestMetric chosen) {
    List<BestMetric> known = metrics(kind);
    if (chosen == BestMetric.AUTO) {
      return known.get(0);
    }
    if (!known.contains(chosen)) {
      throw new IllegalArgumentException(
          "`bestMetric` is " + chosen.text() + ", but where " + what(kind) + " it must be one of "
              + known.stream().map(BestMetric::text).collect(Collectors.joining(", ")));
    }
    return chosen;
  }

  private static String what(TaskKind kind) {
    return switch (kind) {
      case MULTI_LABEL -> "an image may have several classes";
      case SEGMENT -> "each pixel has one class";
      default -> "each image has one class";
    };
  }

  /** What a task's epochs may be compared by; the usual one first. */
  private static List<BestMetric> metrics(TaskKind kind) {
    if (kind == TaskKind.SEGMENT) {
      return List.of(BestMetric.DICE, BestMetric.IOU, BestMetric.LOSS);
    }
    return kind == TaskKind.MULTI_LABEL
        ? List.of(BestMetric.AUC, BestMetric.MAP, BestMetric.MACRO_F1, BestMetric.LOSS)
        : List.of(BestMetric.ACCURACY, BestMetric.LOSS, BestMetric.MACRO_F1);
  }

  /** What is minimised: a yes or no for each class is no cross-entropy over the classes. */
  public static LossSettings.Kind loss(TaskKind kind, LossSettings.Kind chosen) {
    return kind == TaskKind.MULTI_LABEL && chosen == LossSettings.Kind.CROSS_ENTROPY
        ? LossSettings.Kind.BCE
        : chosen;
  }

  /** The figures that an epoch's line has between its losses and its rate. */
  public static String line(TaskKind kind, EpochMetrics metrics, BestMetric best) {
    if (kind == TaskKind.SEGMENT) {
      return BestMetric.DICE.shown(metrics.value("val_dice")) + "  "
          + BestMetric.IOU.shown(metrics.value("val_iou"));
    }
    if (kind == TaskKind.MULTI_LABEL) {
      return List.of(BestMetric.AUC, BestMetric.MAP, BestMetric.MACRO_F1).stream()
          .map(metric -> metric.shown(metric.of(metrics))).collect(Collectors.joining("  "));
    }
    String line =
        String.format(Locale.ROOT, "top-1 %.2f %%  top-5 %.2f %%", metrics.top1(), metrics.top5());
    boolean more = !Arrays.asList(BestMetric.ACCURACY, BestMetric.LOSS).contains(best);
    return more ? line + "  " + best.shown(best.of(metrics)) : line;
  }

  /**
   * The task on its data.
   *
   * @param kind not {@link TaskKind#AUTO}
   * @param seed of the run
   * @param pixels what counts where each pixel has a class
   */
  public static TrainingTask of(
      TaskKind kind, LossSettings loss, Mixing mixing, long seed, DataSplits data,
      SegmentationSettings pixels) {
    if (kind == TaskKind.SEGMENT) {
      return new SegmentTask(loss, pixels, mixing, data);
    }
    return kind == TaskKind.MULTI_LABEL
        ? new MultiLabelTask(loss, mixing, seed, data)
        : new SingleLabelTask(loss, mixing, seed, data);
  }
}
