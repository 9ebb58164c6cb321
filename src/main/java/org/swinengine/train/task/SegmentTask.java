package org.swinengine.train.task;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.swinengine.backend.Backend;
import org.swinengine.data.DataSplits;
import org.swinengine.data.Dataset;
import org.swinengine.data.EpochOrder;
import org.swinengine.data.ImagePipeline;
import org.swinengine.data.segmentation.SegmentationDataset;
import org.swinengine.inference.Evaluator;
import org.swinengine.inference.ModelInput;
import org.swinengine.inference.Preprocessing;
import org.swinengine.inference.segmentation.MaskedInput;
import org.swinengine.inference.segmentation.SegmentationEvaluator;
import org.swinengine.metrics.segmentation.ClassFigures;
import org.swinengine.models.Model;
import org.swinengine.report.EpochMetrics;
import org.swinengine.train.settings.LossSettings;
import org.swinengine.train.settings.Mixing;
import org.swinengine.train.settings.SegmentationSettings;
import org.swinengine.train.tuning.Teacher;

/** Pictures with a class for each pixel. */
final class SegmentTask implements TrainingTask {
  private final LossSettings settings;
  private final SegmentationSettings pixels;
  private final DataSplits splits;

  /**
   * @throws IllegalArgumentException if a setting makes no sense where pixels have classes
   */
  SegmentTask(LossSettings settings, SegmentationSettings pixels, Mixing mixing, DataSplits splits) {
    this.settings = settings;
    this.pixels = pixels;
    this.splits = splits;
    if (mixing.isOn()) {
      throw new IllegalArgumentException(
          "`mixup` and `cutmix` mix images of whole classes; where each pixel has a class they make no sense:"
              + " leave them out");
    }
    if (settings.loss() != LossSettings.Kind.CROSS_ENTROPY) {
      throw new IllegalArgumentException(
          "`loss` is for the classes of whole images; where each pixel has a class choose `pixelLoss`");
    }
    boolean overlapping = ((SegmentationDataset) splits.train()).isOverlapping();
    if (overlapping && pixels.pixelLoss() == SegmentationSettings.Kind.BOUNDARY) {
      throw new IllegalArgumentException(
          "`pixelLoss` boundary is for pixels of one class; where classes overlap choose ce-dice, dice or"
              + " tversky");
    }
    if (overlapping && pixels.pixelLoss() == SegmentationSettings.Kind.FOCAL
        && settings.classWeights() != LossSettings.ClassWeighting.NONE) {
      throw new IllegalArgumentException(
          "`pixelLoss` focal and `classWeights` both say what weighs more where classes overlap; choose one"
              + " of them");
    }
    if (settings.sampling() != LossSettings.Sampling.SHUFFLE) {
      throw new IllegalArgumentException(
          "`sampling` balanced counts the classes of whole images, which pictures with masks do not have;"
              + " `classWeights` weigh the classes of pixels");
    }
    if (settings.distillationType() != LossSettings.Distillation.NONE) {
      throw new IllegalArgumentException(
          "a `teacher` is for models that classify whole images; leave it out");
    }
  }

  @Override
  public EpochOrder order() {
    return EpochOrder.SHUFFLED;
  }

  @Override
  public ModelInput input(Dataset part, ImagePipeline pipeline) {
    return new MaskedInput((SegmentationDataset) part, pipeline);
  }

  @Override
  public TaskLoss loss(Backend backend, Preprocessing preprocessing, @Nullable Teacher teacher)
      throws IOException {
    SegmentationDataset train = (SegmentationDataset) splits.train();
    return train.isOverlapping()
        ? new OverlappingLoss(settings, pixels, backend, train, preprocessing)
        : new PixelLoss(settings, pixels, backend, train, preprocessing);
  }

  @Override
  public Validation validate(Model model, ModelInput input, Evaluator.Options options) throws IOException {
    SegmentationDataset validation = (SegmentationDataset) splits.validation();
    return new SegmentValidation(
        SegmentationEvaluator.evaluate(model, validation, input, options), validation);
  }

  @Override
  public List<String> findings(List<EpochMetrics> history, @Nullable Validation validation) {
    List<String> findings = new ArrayList<>();
    if (validation instanceof SegmentValidation known) {
      List<String> names = known.dataset().classes().names();
      for (int number = 1; number < names.size(); number++) {
        int of = number;
        long predicted =
            known.evaluation().cases().stream()
                .mapToLong(one -> one.figures().get(of - 1).counts().predicted()).sum();
        long real =
            known.evaluation().cases().stream().mapToLong(one -> one.figures().get(of - 1).counts().real())
                .sum();
        if (real > 0 && predicted == 0) {
          findings.add(
              "The class " + names.get(number) + " is never found: no pixel of the validation"
                  + " part is given to it. Train longer, or weigh it with `classWeights`.");
        }
      }
      double sensitivity = known.evaluation().mean(f -> f.counts().sensitivity());
      double precision = known.evaluation().mean((ClassFigures f) -> f.counts().precision());
      if (Math.abs(sensitivity - precision) > 0.25) {
        findings.add(
            sensitivity < precision
                ? "Much of the truth is missed, while what is found is right: `pixelLoss` tversky weighs"
                    + " misses more."
                : "Much is found that is not there: `pixelLoss` tversky with a lower `tverskyBeta` weighs"
                    + " wrong finds more.");
      }
    }
    return findings;
  }
}
