package org.swinengine.train.estimate;

import org.jspecify.annotations.Nullable;
import org.swinengine.models.ModelSpec;
import org.swinengine.inference.WeightSource;
import org.swinengine.train.TrainConfig;
import org.swinengine.train.settings.LossSettings;
import org.swinengine.train.tuning.Freeze;

/**
 * What is held in memory while a model learns, but for the size of its batches.
 *
 * @param spec the model
 * @param freeze what of it stays as it is
 * @param checkpointing whether blocks are computed again in the backward pass
 * @param averages whether there is an average of its trained weights beside them
 * @param teacher the model whose answers it learns from; null: none
 */
public record Workload(
    ModelSpec spec,
    Freeze freeze,
    boolean checkpointing,
    boolean averages,
    @Nullable ModelSpec teacher) {
  /** A model alone. */
  public static Workload of(ModelSpec spec, Freeze freeze, boolean checkpointing) {
    return new Workload(spec, freeze, checkpointing, false, null);
  }

  /**
   * A run's, whose teacher's file is opened to see what model it is.
   *
   * @param spec the run's model with the classes of its data
   */
  public static Workload of(TrainConfig config, ModelSpec spec) {
    LossSettings loss = config.loss();
    ModelSpec teacher =
        loss.distillationType() == LossSettings.Distillation.NONE
            ? null
            : WeightSource.of(loss.teacher()).spec();
    return new Workload(
        spec, config.fineTuning().lastFreeze(), config.checkpointing(),
        config.averaging().options() != null, teacher);
  }
}
