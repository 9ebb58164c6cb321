package org.swinengine.train.task;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.swinengine.data.DataSplits;
import org.swinengine.models.ModelSpec;
import org.swinengine.report.EpochMetrics;
import org.swinengine.train.settings.LossSettings;
import org.swinengine.train.settings.Mixing;
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
    if (data.train().isMultiLabel()) {
      throw new IllegalArgumentException(
          data.train().description() + " has images of several of its " + data.classNames().size()
              + " classes, or of none, but one class for each image is needed here");
    }
    return TaskKind.CLASSIFY;
  }

  /**
   * Looks at the model, before data are opened.
   *
   * @throws IllegalArgumentException if it is of another task
   */
  public static void requireModel(TaskKind chosen, ModelSpec model) {
    model.requireClassification("train");
    if (chosen == TaskKind.SEGMENT || chosen == TaskKind.MULTI_LABEL) {
      throw new IllegalArgumentException(
          "`task` " + chosen.name().toLowerCase(Locale.ROOT).replace('_', '-')
              + " is not there yet; a run learns one class for each image: leave `task` at auto");
    }
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
          "`bestMetric` is " + chosen.text() + ", but where each image has one class it must be one of "
              + known.stream().map(BestMetric::text).collect(Collectors.joining(", ")));
    }
    return chosen;
  }

  /** What a task's epochs may be compared by; the usual one first. */
  private static List<BestMetric> metrics(TaskKind kind) {
    return List.of(BestMetric.ACCURACY, BestMetric.LOSS, BestMetric.MACRO_F1);
  }

  /** The figures that an epoch's line has between its losses and its rate. */
  public static String line(TaskKind kind, EpochMetrics metrics, BestMetric best) {
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
   */
  public static TrainingTask of(
      TaskKind kind, LossSettings loss, Mixing mixing, long seed, DataSplits data) {
    return new SingleLabelTask(loss, mixing, seed, data);
  }
}
