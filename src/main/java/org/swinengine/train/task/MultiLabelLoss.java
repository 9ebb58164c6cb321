package org.swinengine.train.task;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.swinengine.backend.Backend;
import org.swinengine.data.Batch;
import org.swinengine.data.ClassWeights;
import org.swinengine.data.Dataset;
import org.swinengine.data.Mixup;
import org.swinengine.data.SoftTargets;
import org.swinengine.inference.ModelInput;
import org.swinengine.inference.Preprocessing;
import org.swinengine.ops.BinaryCrossEntropyOp;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;
import org.swinengine.train.settings.LossSettings;
import org.swinengine.train.settings.Mixing;

/**
 * A yes or no for each class: the mean over all answers of PyTorch's {@code BCEWithLogitsLoss}, with {@code
 * pos_weight} where classes are weighed, or of torchvision's {@code sigmoid_focal_loss} without α. Targets
 * are smoothed as timm smooths them for this loss, 1 − ε + ε/classes and ε/classes, and mixed as images are.
 */
final class MultiLabelLoss implements TaskLoss {
  private final LossSettings settings;
  private final long seed;
  private final Backend backend;
  private final Dataset train;
  private final int classes;
  private final Preprocessing preprocessing;
  private final @Nullable Mixup mixup;

  /** How much more a yes weighs than a no; null where both weigh the same. */
  private final double @Nullable [] weights;

  MultiLabelLoss(
      LossSettings settings, Mixing mixing, long seed, Backend backend, Dataset train,
      Preprocessing preprocessing) {
    this.settings = settings;
    this.seed = seed;
    this.backend = backend;
    this.train = train;
    this.preprocessing = preprocessing;
    classes = train.classNames().size();
    mixup = mixing.of(settings.labelSmoothing(), classes);
    weights =
        switch (settings.classWeights()) {
          case NONE -> null;
          case BALANCED -> ClassWeights.ofYes(counts(train), train.size());
          case EFFECTIVE ->
              ClassWeights.ofYesEffective(counts(train), train.size(), LossSettings.EFFECTIVE_BETA);
        };
  }

  private static long[] counts(Dataset train) {
    long[] counts = new long[train.classNames().size()];
    for (int i = 0; i < train.size(); i++) {
      Arrays.stream(train.labels(i)).forEach(label -> counts[label]++);
    }
    return counts;
  }

  @Override
  public Targets targets(ModelInput input, Batch batch) {
    int[][] labels =
        IntStream.range(0, batch.size()).mapToObj(i -> train.labels((int) batch.sampleIndices()[i]))
            .toArray(int[][]::new);
    boolean focal = settings.loss() == LossSettings.Kind.FOCAL;
    float[] unmixed = SoftTargets.ofSets(labels, classes, focal ? 0 : settings.labelSmoothing());
    float[] targets =
        mixup == null
            ? unmixed
            : mixup.apply(
                batch, unmixed, preprocessing.channels(), preprocessing.height(), preprocessing.width(),
                seed);
    return logits -> {
      Tensor answers = Tensor.ofMaster(backend, Shape.of(labels.length, classes), targets);
      return focal
          ? BinaryCrossEntropyOp.focal(logits, answers, -1, settings.focalGamma())
          : BinaryCrossEntropyOp.apply(logits, answers, weightsOnDevice());
    };
  }

  private @Nullable Tensor weightsOnDevice() {
    return weights == null ? null : Tensor.ofMaster(backend, Shape.of(classes), weights);
  }
}
