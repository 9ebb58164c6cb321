package org.swinengine.cli;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.swinengine.console.Durations;
import org.swinengine.metrics.Figure;
import org.swinengine.metrics.segmentation.PixelFigure;
import org.swinengine.models.LoadReport;
import org.swinengine.report.FoldsSummary;
import org.swinengine.train.TrainListener;
import org.swinengine.train.TrainResult;
import org.swinengine.train.folds.FoldsListener;
import org.swinengine.train.folds.FoldsResult;

/** Shows a cross-validation to a person: each fold as a run, and what all of them gave. */
final class FoldsProgress implements FoldsListener {
  /** Figures by their key, and what they are called. */
  private static final Map<String, String> SHOWN = new LinkedHashMap<>();

  static {
    SHOWN.put("accuracy", "accuracy");
    SHOWN.put("auc", "AUC");
    SHOWN.put("average_precision", "average precision");
    SHOWN.put("balanced_accuracy", "balanced accuracy");
    SHOWN.put("macro_f1", "macro-F1");
    SHOWN.put("log_loss", "log loss");
    List.of(
        PixelFigure.DICE, PixelFigure.IOU, PixelFigure.OBJECT_F1, PixelFigure.HD95, PixelFigure.HD95_MM,
        PixelFigure.ASSD).forEach(figure -> SHOWN.put(figure.key(), figure.title()));
  }

  private final ConsoleProgress shown;

  FoldsProgress(ConsoleProgress shown) {
    this.shown = shown;
  }

  @Override
  public void firstWeights(LoadReport report) {
    shown.line("weights", report + "; all folds begin with these");
  }

  @Override
  public TrainListener fold(int fold, int folds) {
    shown.beginFold(fold, folds);
    return shown;
  }

  @Override
  public void finished(FoldsResult result) {
    Path folder = result.folder();
    FoldsSummary summary = result.summary();
    if (result.status() == TrainResult.Status.INTERRUPTED || summary == null) {
      shown.line("stopped", "everything is in " + folder + ", and " + ConsoleProgress.resuming(folder)
          + " goes on from there");
      return;
    }
    shown.note("");
    shown.note(
        String.format(
            "%-18s %8s   %-18s   %s", "out of fold", "all", "95 % interval", "mean of folds (deviation)"));
    SHOWN.forEach((key, name) -> {
      FoldsSummary.Spread one = summary.figure(key);
      if (shows(key, summary) && !Double.isNaN(one.pooled().value())) {
        shown.note(
            String.format(
                Locale.ROOT, "%-18s %8.4f   %-18s   %.4f (%.4f)", name, one.pooled().value(),
                interval(one.pooled()), one.mean(), one.deviation()));
      }
    });
    FoldsSummary.OfTest test = summary.test();
    if (test != null) {
      shown.note("");
      shown.note(
          test.data() + ": the mean of all models on " + test.images() + " images that no fold has seen");
      test.figures().stream().filter(figure -> shows(figure.key(), summary)).forEach(
          figure -> shown.note(String.format(Locale.ROOT, "%-18s %s", SHOWN.get(figure.key()), figure)));
    }
    shown.note("");
    shown.line("time", Durations.text(result.seconds()));
    shown.line("weights", folder + ", all folds together (predict --weights " + folder + ")");
    shown.line("figures", folder.resolve("folds.json").toString());
    boolean ofPixels = !Double.isNaN(summary.figure(PixelFigure.DICE.key()).pooled().value());
    shown.line("answers", folder.resolve(ofPixels ? "cases.csv" : "predictions.csv").toString());
    shown.line("report", folder.resolve("report.html").toString());
  }

  private static String interval(Figure figure) {
    return figure.hasInterval()
        ? String.format(Locale.ROOT, "%.4f to %.4f", figure.low(), figure.high())
        : "";
  }

  private static boolean shows(String key, FoldsSummary summary) {
    return SHOWN.containsKey(key) && (summary.thresholds() != null || !key.equals("average_precision"));
  }
}
