package org.swinengine.train.task;

import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.data.Batch;
import org.swinengine.data.ClassWeights;
import org.swinengine.data.segmentation.ClassSets;
import org.swinengine.data.segmentation.SegmentationDataset;
import org.swinengine.inference.ModelInput;
import org.swinengine.inference.Preprocessing;
import org.swinengine.inference.segmentation.PixelSets;
import org.swinengine.ops.AddOp;
import org.swinengine.ops.PixelTarget;
import org.swinengine.ops.RegionLossOp;
import org.swinengine.ops.ScaleOp;
import org.swinengine.train.settings.LossSettings;
import org.swinengine.train.settings.SegmentationSettings;

/**
 * Losses of pixels that may have several classes: of each answer by itself, and of regions, which are
 * compared by the sigmoids. Weights of classes are those of a yes, PyTorch's {@code pos_weight}.
 */
final class OverlappingLoss implements TaskLoss {
  private final LossSettings settings;
  private final SegmentationSettings pixels;
  private final Backend backend;
  private final int classes;
  private final int height;
  private final int width;

  /** Null where a yes weighs as much as a no. */
  private final double @Nullable [] weights;

  /**
   * @throws IOException when masks cannot be read whose classes are to be weighed
   */
  OverlappingLoss(
      LossSettings settings, SegmentationSettings pixels, Backend backend, SegmentationDataset train,
      Preprocessing preprocessing) throws IOException {
    this.settings = settings;
    this.pixels = pixels;
    this.backend = backend;
    classes = train.classNames().size();
    height = preprocessing.height();
    width = preprocessing.width();
    weights = settings.classWeights() == LossSettings.ClassWeighting.NONE ? null : weights(train);
  }

  private double[] weights(SegmentationDataset train) throws IOException {
    long[] counts = new long[classes];
    long all = 0;
    int bytes = ClassSets.bytes(classes);
    for (int i = 0; i < train.size(); i++) {
      byte[] mask = train.pair(i).mask().pixels();
      for (int at = 0; at < mask.length / bytes; at++) {
        int set = ClassSets.at(mask, bytes, at);
        all += set >= 0 ? 1 : 0;
        for (int c = 0; set > 0 && c < classes; c++) {
          counts[c] += set >> c & 1;
        }
      }
    }
    return settings.classWeights() == LossSettings.ClassWeighting.BALANCED
        ? ClassWeights.ofYes(counts, all)
        : ClassWeights.ofYesEffective(counts, all, LossSettings.EFFECTIVE_BETA);
  }

  @Override
  public Targets targets(ModelInput input, Batch batch) {
    return logits -> of(logits, batch);
  }

  private Variable of(Variable logits, Batch batch) {
    int[] sets = Arrays.copyOf(batch.labels(), batch.size() * height * width);
    return switch (pixels.pixelLoss()) {
      case CROSS_ENTROPY -> crossEntropy(logits, sets, batch.size(), 0);
      case FOCAL -> crossEntropy(logits, sets, batch.size(), settings.focalGamma());
      case DICE -> RegionLossOp.dice(logits, target(sets, batch.size()), PixelLoss.SMOOTH);
      case TVERSKY -> RegionLossOp.tversky(
          logits, target(sets, batch.size()), 1 - pixels.tverskyBeta(), pixels.tverskyBeta(),
          PixelLoss.SMOOTH);
      case CE_DICE -> AddOp.apply(
          ScaleOp.apply(crossEntropy(logits, sets, batch.size(), 0), 1 - pixels.diceShare()),
          ScaleOp.apply(
              RegionLossOp.dice(logits, target(sets, batch.size()), PixelLoss.SMOOTH), pixels.diceShare()));
      case BOUNDARY -> throw new IllegalStateException("boundary is of pixels of one class");
    };
  }

  private Variable crossEntropy(Variable logits, int[] sets, int size, double gamma) {
    return new PixelSets(backend, sets, size, classes, height, width)
        .crossEntropy(logits, weights, gamma > 0 ? 0 : settings.labelSmoothing(), gamma);
  }

  private PixelTarget target(int[] sets, int size) {
    boolean each = pixels.diceRegions() == SegmentationSettings.Regions.PICTURE;
    return PixelTarget.ofSets(backend, sets, size, classes, height, width, each);
  }
}
