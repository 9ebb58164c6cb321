package org.swinengine.train;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Repetition;
import org.swinengine.data.Batch;
import org.swinengine.data.DataSplits;
import org.swinengine.data.segmentation.SegmentationDataset;
import org.swinengine.models.ModelSpec;
import org.swinengine.train.settings.Augmentation;
import org.swinengine.train.settings.SegmentationSettings;
import org.swinengine.train.task.TrainingTasks;

/**
 * The check before a long run: a model that can learn at all learns one batch by heart. The run's model,
 * first weights, data, preprocessing, frozen parameters and learning rate are its own; what keeps a model
 * from learning by heart is off (augmentation, mixing, smoothing, dropout, stochastic depth, weight decay),
 * and the loss is the mean cross-entropy. Nothing is written.
 */
public final class OverfitCheck {
  /** A mean cross-entropy from which on a batch is known by heart: its labels have 98 % on average. */
  public static final double LEARNT = 0.02;

  private static final int WARM_UP = 10;

  /**
   * How it went.
   *
   * @param images of the batch
   * @param classes that are among them
   * @param steps optimizer steps that were made
   * @param firstLoss before the first step
   * @param lastLoss after the last one; not a finite number if it diverged
   */
  public record Result(int images, int classes, int steps, double firstLoss, double lastLoss) {
    /** Whether the batch is known by heart. */
    public boolean learnt() {
      return lastLoss <= LEARNT;
    }
  }

  /** Is told each loss. */
  @FunctionalInterface
  public interface Progress {
    /**
     * A loss was computed.
     *
     * @param steps that were made before
     */
    void loss(int steps, double loss);
  }

  private OverfitCheck() {}

  /**
   * Trains on the first batch of the first epoch until its loss is at most {@link #LEARNT}.
   *
   * @param data the data; null: as the configuration says
   * @param steps optimizer steps at the most, at least 1
   * @throws IOException if data cannot be read
   */
  public static Result run(
      TrainConfig config, @Nullable DataSplits data, Backend backend, int steps, Progress progress)
      throws IOException {
    if (steps < 1) {
      throw new IllegalArgumentException("`overfitOneBatch` is " + steps + ", but must be at least 1 step");
    }
    TrainingTasks.requireModel(config.loss().task(), config.model());
    DataSplits splits = data != null ? data : Trainer.open(config);
    try (TrainingSetup setup = new TrainingSetup(plain(config), splits, backend)) {
      setup.data().loader().startEpoch(0, 0);
      Batch batch = Objects.requireNonNull(setup.data().loader().next());
      int classes =
          (int) Arrays.stream(batch.sampleIndices(), 0, batch.size())
              .flatMap(i -> Arrays.stream(splits.train().labels((int) i)).asLongStream()).distinct().count();
      if (splits.train() instanceof SegmentationDataset) {
        // Of pixels.
        classes = (int) Arrays.stream(batch.labels()).distinct().count();
      }
      double first = Double.NaN;
      Object likeness = new Object();
      for (int done = 0;; done++) {
        try (Repetition repeated = backend.repeating(likeness)) {
          double loss = setup.step().accumulate(setup.data().training(), batch, done, 0).get();
          progress.loss(done, loss);
          first = done == 0 ? loss : first;
          if (loss <= LEARNT || !Double.isFinite(loss) || done == steps) {
            setup.step().discard();
            return new Result(batch.size(), classes, done, first, loss);
          }
          double rate = config.learningRate() * Math.min(1, (done + 1.0) / WARM_UP);
          if (!setup.step().update(rate).get().finite()) {
            return new Result(batch.size(), classes, done, first, Double.NaN);
          }
        }
      }
    }
  }

  private static TrainConfig plain(TrainConfig config) {
    ModelSpec spec = config.model();
    ModelSpec steady =
        new ModelSpec(
            spec.name(), spec.imageHeight(), spec.imageWidth(), spec.channels(), spec.classes(), 0, 0,
            spec.architecture());
    TrainConfig.Builder builder =
        config.toBuilder().model(steady).augmentation(Augmentation.NONE).labelSmoothing(0).weightDecay(0)
            .accumulationSteps(1).learningRate(config.learningRate());
    for (String usual : List.of("mixup", "cutmix", "loss", "classWeights", "modelEmaDecay")) {
      builder.set(usual, null);
    }
    builder.set("pixelLoss", SegmentationSettings.Kind.CROSS_ENTROPY);
    return builder.build();
  }
}
