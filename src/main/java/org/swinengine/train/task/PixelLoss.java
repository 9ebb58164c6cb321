package org.swinengine.train.task;

import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.data.Batch;
import org.swinengine.data.ClassWeights;
import org.swinengine.data.segmentation.SegmentationDataset;
import org.swinengine.inference.ModelInput;
import org.swinengine.inference.Preprocessing;
import org.swinengine.inference.segmentation.PixelLabels;
import org.swinengine.metrics.segmentation.DistanceTransform;
import org.swinengine.metrics.segmentation.Grid;
import org.swinengine.ops.AddOp;
import org.swinengine.ops.PixelTarget;
import org.swinengine.ops.RegionLossOp;
import org.swinengine.ops.ScaleOp;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;
import org.swinengine.train.settings.LossSettings;
import org.swinengine.train.settings.SegmentationSettings;

/**
 * Losses of pixels: those of each pixel by itself, and those of regions, over the whole batch as in the
 * original Swin-Unet, or of each picture.
 */
final class PixelLoss implements TaskLoss {
  /** Of the original's Dice loss. */
  static final double SMOOTH = 1e-5;

  private final LossSettings settings;
  private final SegmentationSettings pixels;
  private final Backend backend;
  private final int classes;
  private final int height;
  private final int width;
  private final boolean ofEachPicture;

  /** Null where all classes weigh the same. */
  private final double @Nullable [] weights;

  /**
   * @throws IOException when masks cannot be read whose classes are to be weighed
   */
  PixelLoss(
      LossSettings settings, SegmentationSettings pixels, Backend backend, SegmentationDataset train,
      Preprocessing preprocessing) throws IOException {
    this.settings = settings;
    this.pixels = pixels;
    this.backend = backend;
    classes = train.classNames().size();
    height = preprocessing.height();
    width = preprocessing.width();
    ofEachPicture = pixels.diceRegions() == SegmentationSettings.Regions.PICTURE;
    weights =
        switch (settings.classWeights()) {
          case NONE -> null;
          case BALANCED -> ClassWeights.balanced(counts(train));
          case EFFECTIVE -> ClassWeights.effectiveNumber(counts(train), LossSettings.EFFECTIVE_BETA);
        };
  }

  /** Pixels of each class. */
  private static long[] counts(SegmentationDataset train) throws IOException {
    long[] counts = new long[train.classNames().size()];
    for (int i = 0; i < train.size(); i++) {
      for (byte label : train.pair(i).mask().pixels()) {
        if ((label & 255) != SegmentationDataset.IGNORED) {
          counts[label & 255]++;
        }
      }
    }
    return counts;
  }

  @Override
  public Targets targets(ModelInput input, Batch batch) {
    return logits -> of(logits, batch);
  }

  private Variable of(Variable logits, Batch batch) {
    return switch (pixels.pixelLoss()) {
      case CROSS_ENTROPY -> crossEntropy(logits, batch, 0);
      case FOCAL -> crossEntropy(logits, batch, settings.focalGamma());
      case DICE -> RegionLossOp.dice(logits, target(batch), SMOOTH);
      case TVERSKY -> RegionLossOp
          .tversky(logits, target(batch), 1 - pixels.tverskyBeta(), pixels.tverskyBeta(), SMOOTH);
      case CE_DICE -> both(logits, batch);
      case BOUNDARY -> AddOp.apply(
          both(logits, batch),
          ScaleOp.apply(RegionLossOp.boundary(logits, distances(batch)), pixels.boundaryWeight()));
    };
  }

  private Variable both(Variable logits, Batch batch) {
    double share = pixels.diceShare();
    return AddOp.apply(
        ScaleOp.apply(crossEntropy(logits, batch, 0), 1 - share),
        ScaleOp.apply(RegionLossOp.dice(logits, target(batch), SMOOTH), share));
  }

  private Variable crossEntropy(Variable logits, Batch batch, double gamma) {
    return new PixelLabels(backend, batch.labels(), batch.size(), height, width)
        .crossEntropy(logits, weights, gamma > 0 ? 0 : settings.labelSmoothing(), gamma);
  }

  private PixelTarget target(Batch batch) {
    int count = batch.size() * height * width;
    int[] labels = batch.labels();
    if (labels.length != count) {
      labels = Arrays.copyOf(labels, count);
    }
    int ignored = SegmentationDataset.IGNORED;
    return ofEachPicture
        ? PixelTarget.ofEachPicture(backend, labels, batch.size(), classes, height, width, ignored)
        : PixelTarget.of(backend, labels, batch.size(), classes, height, width, ignored);
  }

  /** Signed distances to the regions of the classes but the background; 0 where a pixel counts nowhere. */
  private Tensor distances(Batch batch) {
    int plane = height * width;
    Grid grid = Grid.plane(height, width);
    float[] all = new float[batch.size() * classes * plane];
    boolean[] mask = new boolean[plane];
    for (int i = 0; i < batch.size(); i++) {
      for (int c = 1; c < classes; c++) {
        for (int at = 0; at < plane; at++) {
          mask[at] = batch.labels()[i * plane + at] == c;
        }
        float[] signed = DistanceTransform.signed(mask, grid);
        for (int at = 0; at < plane; at++) {
          boolean counts = batch.labels()[i * plane + at] != SegmentationDataset.IGNORED;
          all[(i * classes + c) * plane + at] = counts ? signed[at] : 0;
        }
      }
    }
    return Tensor.of(backend, Shape.of(batch.size(), classes, height, width), all);
  }
}
