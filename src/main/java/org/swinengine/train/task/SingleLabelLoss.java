package org.swinengine.train.task;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.DType;
import org.swinengine.data.Batch;
import org.swinengine.data.ClassWeights;
import org.swinengine.data.Dataset;
import org.swinengine.data.Mixup;
import org.swinengine.data.SoftTargets;
import org.swinengine.inference.ModelInput;
import org.swinengine.inference.Preprocessing;
import org.swinengine.ops.BinaryCrossEntropyOp;
import org.swinengine.ops.CrossEntropyOp;
import org.swinengine.ops.SoftCrossEntropyOp;
import org.swinengine.ops.WeightedCrossEntropyOp;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;
import org.swinengine.train.settings.LossSettings;
import org.swinengine.train.settings.Mixing;
import org.swinengine.train.tuning.Teacher;

/** Images of one class, or mixed of two. */
final class SingleLabelLoss implements TaskLoss {
  private final LossSettings settings;
  private final long seed;
  private final Backend backend;
  private final int classes;
  private final Preprocessing preprocessing;
  private final @Nullable Mixup mixup;

  private final @Nullable Teacher teacher;

  /** Null where all classes weigh the same. */
  private final double @Nullable [] weights;

  SingleLabelLoss(
      LossSettings settings, Mixing mixing, long seed, Backend backend, Dataset train,
      Preprocessing preprocessing, @Nullable Teacher teacher) {
    this.settings = settings;
    this.seed = seed;
    this.teacher = teacher;
    this.backend = backend;
    this.preprocessing = preprocessing;
    classes = train.classNames().size();
    mixup = mixing.of(settings.labelSmoothing(), classes);
    LossSettings.ClassWeighting weighting = settings.classWeights();
    weights =
        weighting == LossSettings.ClassWeighting.NONE ? null
            : weighting == LossSettings.ClassWeighting.BALANCED
                ? ClassWeights.balanced(SingleLabelTask.counts(train))
                : ClassWeights.effectiveNumber(SingleLabelTask.counts(train), LossSettings.EFFECTIVE_BETA);
  }

  @Override
  public Targets targets(ModelInput input, Batch batch) {
    float[] soft = mix(batch);
    return new Targets() {
      @Override
      public Variable loss(Variable logits) {
        Variable loss = ofTargets(logits, batch, soft);
        return teacher == null ? loss : teacher.with(loss, logits, input, batch);
      }

      @Override
      public double weight() {
        return weights == null || settings.loss() == LossSettings.Kind.FOCAL
            ? 0
            : ClassWeights.sum(batch.labels(), batch.size(), Objects.requireNonNull(weights));
      }
    };
  }

  /**
   * Mixes the images of a batch where they are to be mixed.
   *
   * @return the targets {@code [size, classes]}; null where the labels are the targets
   */
  private float @Nullable [] mix(Batch batch) {
    if (mixup != null) {
      return mixup.apply(
          batch, SoftTargets.of(batch.labels(), batch.size(), classes, settings.labelSmoothing()),
          preprocessing.channels(), preprocessing.height(), preprocessing.width(), seed);
    }
    return settings.loss() == LossSettings.Kind.BCE
        ? SoftTargets.of(batch.labels(), batch.size(), classes, settings.labelSmoothing())
        : null;
  }

  private Variable ofTargets(Variable logits, Batch batch, float @Nullable [] targets) {
    if (targets != null) {
      Tensor soft = Tensor.ofMaster(backend, Shape.of(batch.size(), classes), targets);
      return settings.loss() == LossSettings.Kind.BCE
          ? BinaryCrossEntropyOp.apply(logits, soft, null)
          : SoftCrossEntropyOp.apply(logits, soft);
    }
    Tensor labels = Tensor.empty(backend, DType.INT32, Shape.of(batch.size()));
    backend.memory().upload(batch.labels(), 0, labels, batch.size());
    if (settings.loss() == LossSettings.Kind.FOCAL) {
      return WeightedCrossEntropyOp.focal(logits, labels, onDevice(), settings.focalGamma());
    }
    Tensor factors = onDevice();
    return factors == null
        ? CrossEntropyOp.apply(logits, labels, settings.labelSmoothing())
        : WeightedCrossEntropyOp.apply(logits, labels, factors, settings.labelSmoothing());
  }

  private @Nullable Tensor onDevice() {
    return weights == null ? null : Tensor.ofMaster(backend, Shape.of(classes), weights);
  }
}
