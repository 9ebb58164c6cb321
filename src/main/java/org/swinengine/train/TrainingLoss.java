package org.swinengine.train;

import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.DType;
import org.swinengine.data.Batch;
import org.swinengine.data.ClassWeights;
import org.swinengine.data.Dataset;
import org.swinengine.data.EpochOrder;
import org.swinengine.data.Mixup;
import org.swinengine.data.SoftTargets;
import org.swinengine.data.WeightedSampling;
import org.swinengine.inference.ModelInput;
import org.swinengine.inference.Preprocessing;
import org.swinengine.ops.BinaryCrossEntropyOp;
import org.swinengine.ops.CrossEntropyOp;
import org.swinengine.ops.SoftCrossEntropyOp;
import org.swinengine.ops.WeightedCrossEntropyOp;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;
import org.swinengine.train.settings.LossSettings;
import org.swinengine.train.tuning.Teacher;

/** What a batch's logits are held against, and how its images are mixed before. */
final class TrainingLoss {
  /** Of the effective number of images. */
  private static final double BETA = 0.999;

  private final TrainConfig config;
  private final Backend backend;
  private final int classes;
  private final Preprocessing preprocessing;
  private final @Nullable Mixup mixup;

  private final @Nullable Teacher teacher;

  /** Null where all classes weigh the same. */
  private final double @Nullable [] weights;

  TrainingLoss(
      TrainConfig config, Backend backend, Dataset train, Preprocessing preprocessing,
      @Nullable Teacher teacher) {
    this.config = config;
    this.teacher = teacher;
    this.backend = backend;
    this.preprocessing = preprocessing;
    classes = train.classNames().size();
    mixup = config.mixing().of(config.labelSmoothing(), classes);
    LossSettings.ClassWeighting weighting = config.loss().classWeights();
    weights =
        weighting == LossSettings.ClassWeighting.NONE ? null
            : weighting == LossSettings.ClassWeighting.BALANCED ? ClassWeights.balanced(counts(train))
                : ClassWeights.effectiveNumber(counts(train), BETA);
  }

  private static long[] counts(Dataset train) {
    return ClassWeights.count(labels(train), train.classNames().size());
  }

  private static int[] labels(Dataset train) {
    return IntStream.range(0, train.size()).map(train::label).toArray();
  }

  /** Which images an epoch has. */
  static EpochOrder order(TrainConfig config, Dataset train) {
    return config.loss().sampling() == LossSettings.Sampling.BALANCED
        ? new WeightedSampling(
            ClassWeights.ofSamples(labels(train), ClassWeights.balanced(counts(train))))
        : EpochOrder.SHUFFLED;
  }

  /**
   * Mixes the images of a batch, in place, where they are to be mixed.
   *
   * @return the targets {@code [size, classes]}; null where the labels are the targets
   */
  float @Nullable [] mix(Batch batch) {
    if (mixup != null) {
      return mixup.apply(
          batch.images(), batch.labels(), batch.size(), preprocessing.channels(), preprocessing.height(),
          preprocessing.width(), config.seed(), batch.epoch(), batch.number());
    }
    return config.loss().loss() == LossSettings.Kind.BCE
        ? SoftTargets.of(batch.labels(), batch.size(), classes, config.labelSmoothing())
        : null;
  }

  /**
   * The mean loss of a batch.
   *
   * @param input what the batch is
   * @param targets what {@link #mix} gave
   */
  Variable of(Variable logits, ModelInput input, Batch batch, float @Nullable [] targets) {
    Variable loss = ofTargets(logits, batch, targets);
    return teacher == null ? loss : teacher.with(loss, logits, input, batch);
  }

  private Variable ofTargets(Variable logits, Batch batch, float @Nullable [] targets) {
    if (targets != null) {
      Tensor soft = Tensor.emptyMaster(backend, Shape.of(batch.size(), classes));
      backend.memory().upload(targets, 0, soft, targets.length);
      return config.loss().loss() == LossSettings.Kind.BCE
          ? BinaryCrossEntropyOp.apply(logits, soft, null)
          : SoftCrossEntropyOp.apply(logits, soft);
    }
    Tensor labels = Tensor.empty(backend, DType.INT32, Shape.of(batch.size()));
    backend.memory().upload(batch.labels(), 0, labels, batch.size());
    if (config.loss().loss() == LossSettings.Kind.FOCAL) {
      return WeightedCrossEntropyOp.focal(logits, labels, onDevice(), config.loss().focalGamma());
    }
    Tensor factors = onDevice();
    return factors == null
        ? CrossEntropyOp.apply(logits, labels, config.labelSmoothing())
        : WeightedCrossEntropyOp.apply(logits, labels, factors, config.labelSmoothing());
  }

  private @Nullable Tensor onDevice() {
    if (weights == null) {
      return null;
    }
    float[] values = new float[classes];
    for (int c = 0; c < classes; c++) {
      values[c] = (float) weights[c];
    }
    Tensor tensor = Tensor.emptyMaster(backend, Shape.of(classes));
    backend.memory().upload(values, 0, tensor, classes);
    return tensor;
  }

  /** What the mean of a batch was divided by, where that is not its size; 0 where it is. */
  double weight(Batch batch) {
    return weights == null || config.loss().loss() == LossSettings.Kind.FOCAL
        ? 0
        : ClassWeights.sum(batch.labels(), batch.size(), Objects.requireNonNull(weights));
  }
}
