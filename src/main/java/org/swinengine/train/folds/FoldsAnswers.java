package org.swinengine.train.folds;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.swinengine.data.Dataset;
import org.swinengine.inference.Ensemble;
import org.swinengine.inference.Evaluator;
import org.swinengine.inference.MultiLabelEvaluation;
import org.swinengine.metrics.Figure;
import org.swinengine.metrics.MultiLabelFigures;
import org.swinengine.report.EvaluationSummary;
import org.swinengine.report.FoldsSummary;
import org.swinengine.report.MultiLabelPredictionsFile;
import org.swinengine.report.MultiLabelSummary;
import org.swinengine.train.TrainResult;

/**
 * What folds say of images that may have several classes: yes or no to each. The thresholds of the models
 * together are those with the largest F1 of all out-of-fold predictions.
 *
 * @param pooled of all images, each by the fold that has not learnt from it
 * @param thresholds of the classes, chosen on these
 * @param seed of the intervals' draws
 */
record FoldsAnswers(MultiLabelEvaluation pooled, double[] thresholds, long seed) {
  /** Whether folds say yes or no to each class. */
  static boolean areThose(List<TrainResult> folds) {
    return Objects.requireNonNull(folds.get(0).validation(), "the fold is complete").answers() != null;
  }

  /** @param members the images that each fold was measured on */
  static FoldsAnswers of(Dataset whole, List<TrainResult> folds, List<int[]> members, long seed) {
    MultiLabelEvaluation pooled =
        MultiLabelEvaluation.joined(whole, folds.stream().map(FoldsAnswers::ofFold).toList(), members);
    return new FoldsAnswers(pooled, pooled.answers().bestThresholds(), seed);
  }

  private static MultiLabelEvaluation ofFold(TrainResult fold) {
    return Objects.requireNonNull(
        Objects.requireNonNull(fold.validation(), "the fold is complete").answers(), "all folds are alike");
  }

  private List<Figure> figures(MultiLabelEvaluation one, int draws) {
    MultiLabelFigures of =
        MultiLabelFigures.of(one.answers(), thresholds, one.groups(), draws, draws == 0 ? 0 : seed);
    List<Figure> all = new ArrayList<>(of.figures());
    all.add(Figure.of("log_loss", one.loss()));
    return all;
  }

  /** Figures of all images together, and of each fold's own. */
  List<FoldsSummary.Spread> spreads(List<TrainResult> folds) {
    List<List<Figure>> each = folds.stream().map(fold -> figures(ofFold(fold), 0)).toList();
    return figures(pooled, MultiLabelFigures.DRAWS).stream()
        .map(
            figure -> new FoldsSummary.Spread(
                figure, each.stream().map(fold -> value(fold, figure.key())).toList()))
        .toList();
  }

  private static double value(List<Figure> figures, String key) {
    return figures.stream().filter(one -> one.key().equals(key)).map(Figure::value).findFirst()
        .orElse(Double.NaN);
  }

  /** What the mean of all models gives on images that no fold has seen. */
  FoldsSummary.OfTest test(Ensemble models, Dataset test, Evaluator.Options options) throws IOException {
    MultiLabelEvaluation evaluation =
        models.withThresholds(thresholds).evaluateAnswers(test, null, null, options);
    return new FoldsSummary.OfTest(
        test.description(), test.size(), figures(evaluation, MultiLabelFigures.DRAWS));
  }

  EvaluationSummary summary(Dataset whole) throws IOException {
    return MultiLabelSummary.of(
        pooled, MultiLabelFigures.of(
            pooled.answers(), thresholds, pooled.groups(), MultiLabelFigures.DRAWS, seed),
        whole);
  }

  void write(Path file, Dataset whole) throws IOException {
    MultiLabelPredictionsFile.write(file, pooled, thresholds, whole::name);
  }
}
