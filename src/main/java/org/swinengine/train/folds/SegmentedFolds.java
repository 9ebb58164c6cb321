package org.swinengine.train.folds;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.swinengine.data.FoldedData;
import org.swinengine.data.segmentation.SegmentationDataset;
import org.swinengine.inference.Ensemble;
import org.swinengine.inference.Evaluator;
import org.swinengine.inference.segmentation.CleanUp;
import org.swinengine.inference.segmentation.SegmentationEvaluation;
import org.swinengine.inference.segmentation.SegmentationEvaluator;
import org.swinengine.inference.segmentation.Segmenter;
import org.swinengine.metrics.segmentation.EmptyMasks;
import org.swinengine.metrics.segmentation.PixelFigure;
import org.swinengine.report.CasesFile;
import org.swinengine.report.FoldsSummary;
import org.swinengine.report.SegmentationSummarizer;
import org.swinengine.report.SegmentationSummary;
import org.swinengine.train.TrainConfig;
import org.swinengine.train.TrainResult;
import org.swinengine.train.settings.SegmentationSettings;
import org.swinengine.train.task.SegmentValidation;

/** What folds give where each pixel has a class: each case by the fold that has not learnt from it. */
final class SegmentedFolds {
  static final String CASES = "cases.csv";

  private final TrainConfig config;
  private final FoldedData data;
  private final SegmentationDataset whole;
  private final List<SegmentationEvaluation> each = new ArrayList<>();
  private final SegmentationEvaluation pooled;

  /** @throws IOException when the data cannot be read */
  SegmentedFolds(List<TrainResult> folds, FoldedData data, TrainConfig config) throws IOException {
    this.config = config;
    this.data = data;
    whole = (SegmentationDataset) data.whole();
    List<SegmentValidation> all = new ArrayList<>();
    for (TrainResult fold : folds) {
      all.add((SegmentValidation) Objects.requireNonNull(fold.validation()));
    }
    // A mean over the cases of some folds alone would pass for one over all.
    boolean kept =
        all.stream().allMatch(one -> one.evaluation().kept().size() == one.evaluation().images());
    for (SegmentValidation one : all) {
      each.add(kept ? one.evaluation().withDistances(one.dataset()) : one.evaluation());
    }
    pooled = SegmentationEvaluation.joined(each, data.members());
  }

  /** A line for each case and class. */
  void writeCases(Path file) throws IOException {
    CasesFile.write(file, pooled);
  }

  /** Figures of all cases together, and of each fold's own. */
  List<FoldsSummary.Spread> spreads() {
    return pooled.figures(config.seed()).stream()
        .map(
            figure -> new FoldsSummary.Spread(
                figure, each.stream().map(fold -> fold.mean(PixelFigure.of(figure.key())::of)).toList()))
        .toList();
  }

  /** What the page shows of all cases. */
  SegmentationSummary summary() throws IOException {
    return SegmentationSummarizer.of(pooled, whole, config.seed());
  }

  /**
   * What predictions lose, chosen at the pictures' own resolution on those of each picture by the fold that
   * has not learnt from it; null: it was not asked for.
   */
  @Nullable
  CleanUp cleanUp(Ensemble models) throws IOException {
    if (config.segmentation().cleanUp() != SegmentationSettings.CleaningUp.VALIDATION) {
      return null;
    }
    return SegmentationEvaluator.chooseCleanUp(
        models.members().stream().map(model -> new Segmenter(model, Segmenter.Options.WHOLE)).toList(),
        data.members().stream().map(whole::part).toList(), EmptyMasks.DEFINED, Evaluator.Options.of(1, 0));
  }

  /** What {@link #cleanUp} takes away, for a person. */
  String text(CleanUp cleanUp) {
    return cleanUp.text(whole.classes().names());
  }

  /** What the mean of all models gives on pictures that no fold has seen, at their own resolution. */
  FoldsSummary.OfTest test(SegmentationDataset test, Ensemble models) throws IOException {
    SegmentationEvaluation evaluation =
        SegmentationEvaluator.evaluate(
            new Segmenter(models, Segmenter.Options.WHOLE), test,
            Evaluator.Options.of(config.batchSize(), config.workers()));
    return new FoldsSummary.OfTest(
        test.description() + ", at their own resolution", test.size(), evaluation.figures(config.seed()));
  }
}
