package org.swinengine.cli;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.swinengine.console.Durations;
import org.swinengine.console.PeakMemory;
import org.swinengine.console.ProgressLine;
import org.swinengine.dashboard.Dashboard;
import org.swinengine.inference.CalibrationFit;
import org.swinengine.models.ModelCost;
import org.swinengine.data.DataSplits;
import org.swinengine.data.Normalize;
import org.swinengine.data.check.Finding;
import org.swinengine.report.EpochMetrics;
import org.swinengine.report.Findings;
import org.swinengine.report.SuspectLabels;
import org.swinengine.train.TrainConfig;
import org.swinengine.train.TrainListener;
import org.swinengine.train.TrainResult;
import org.swinengine.train.TrainingPlan;
import org.swinengine.train.estimate.Estimate;
import org.swinengine.train.settings.TaskKind;
import org.swinengine.train.task.TrainingTasks;
import org.swinengine.train.tuning.BestMetric;

/**
 * Shows a run to a person: what it is about to do, a bar with loss, rate and remaining time for each epoch on
 * a terminal (plain lines otherwise), and at the end where everything is.
 */
public final class ConsoleProgress implements TrainListener {
  private static final int MOST_FINDINGS = 4;

  private final ProgressLine progress;
  private int epochs;
  private List<String> classes = List.of();
  private DataSplits data;

  /** Pictures that were unreadable when the run began. */
  private int skipped;
  private BestMetric metric = BestMetric.ACCURACY;
  private TaskKind task = TaskKind.CLASSIFY;
  private int imagesPerStep;
  private Estimate left;
  private boolean advised;
  private String fold = "";
  private Consumer<String> log = line -> {};

  /**
   * @param terminal whether {@code out} can rewrite a line
   */
  public ConsoleProgress(PrintStream out, boolean terminal) {
    progress = new ProgressLine(out, terminal);
  }

  /** Passes every line that stays on to another place as well. */
  void copyTo(Consumer<String> other) {
    log = other;
  }

  /** Where the run can be watched. */
  void dashboard(Dashboard dashboard) {
    line("dashboard", dashboard.url());
    if (!dashboard.isLocal()) {
      line("note", "everyone who reaches that address can read what the page shows");
    }
  }

  /** Why a model and a recipe were chosen that nobody named. */
  void chosen(List<String> reasons) {
    reasons.forEach(reason -> line("chosen", SettingNames.inOptions(reason)));
  }

  /** What comes next is about a fold. */
  void beginFold(int number, int folds) {
    fold = "fold " + number + " of " + folds;
    left = null;
    note("");
    note(fold);
  }

  @Override
  public void started(TrainingPlan plan) {
    TrainConfig config = plan.config();
    epochs = config.epochs();
    metric = config.fineTuning().bestMetric();
    task = config.loss().task();
    imagesPerStep = config.imagesPerStep();
    classes = plan.data().classNames();
    line("data", plan.data().description());
    plan.data().notes().forEach(note -> line("note", note));
    findings(plan.findings());
    line("classes", classes.size() + ": " + some(classes));
    if (task == TaskKind.MULTI_LABEL) {
      line("task", "a yes or no for each class, of which an image may have several or none");
    }
    data = plan.data();
    skipped = data.skipped().size();
    if (skipped > 0) {
      line("skipped", skipped + " unreadable images, listed in "
          + plan.folder().resolve("skipped.txt"));
    }
    plan.data().remarks().forEach(remark -> line("note", remark));
    line(
        "model",
        String.format(
            Locale.ROOT, "%s, %d×%d×%d, %,d parameters, %.3g GFLOP an image (multiply-add = 1)",
            plan.model().name(),
            plan.model().imageHeight(), plan.model().imageWidth(), plan.model().channels(), plan.parameters(),
            ModelCost.of(plan.model()).operations() / 1e9));
    line("pixels", statistics(plan));
    if (plan.firstWeights() != null) {
      line("weights", plan.firstWeights().toString());
    }
    if (plan.frozen() > 0) {
      line("frozen", String.format(Locale.ROOT, "%,d more parameters (`freeze` %s)%s", plan.frozen(),
          config.fineTuning().freeze().text(),
          config.fineTuning().unfreezes()
              ? " until epoch " + config.fineTuning().unfreezeAfter() + " is done; then all are trained"
              : ""));
    }
    if (config.keeping().cache().bytes() > 0 && plan.data().train().isDecoded()) {
      line("cache", "none: these pictures lie in memory without it");
    }
    if (plan.features() != null) {
      line("features", plan.features());
    }
    line(
        "schedule",
        String.format(
            Locale.ROOT, "%s of %s, %s; %s, %s, learning rate %.3g to %.3g, %s of warm-up",
            counted(config.epochs(), "epoch"), counted(plan.stepsPerEpoch(), "step"), images(config),
            config.optimization().optimizer().label(), kind(config), config.learningRate(),
            config.minimumRate(),
            counted(config.warmup(plan.stepsPerEpoch()), "step")));
    line("device", plan.device());
    line("folder", folder(plan));
    if (plan.stepsDone() > 0) {
      line("resumed", "after " + plan.stepsDone() + " steps");
    }
    if (plan.epochsBefore() < config.epochs()) {
      line("extended", extended(plan));
    }
    if (plan.memory() != null) {
      line("memory", plan.memory().toString());
      String advice = plan.memory().advice(config.checkpointing());
      if (advice != null) {
        advised = true;
        warning(advice);
      }
    }
    progress.restart();
  }

  /** A run that goes on longer than it was to; how, where its learning rate falls. */
  private static String extended(TrainingPlan plan) {
    TrainConfig config = plan.config();
    String epochs = "from " + plan.epochsBefore() + " to " + counted(config.epochs(), "epoch") + "; ";
    if (config.minimumRate() == config.learningRate() || !config.falling().dependsOnLength()) {
      return epochs + "the learning rate stays as it is";
    }
    TrainConfig before = config.toBuilder().epochs(plan.epochsBefore()).build();
    return String.format(
        Locale.ROOT,
        "%sthe learning rate's fall is stretched over all of them: the next step has %.3g, where the"
            + " shorter run had %.3g",
        epochs, config.schedule(plan.stepsPerEpoch()).rate(plan.stepsDone()),
        before.schedule(plan.stepsPerEpoch()).rate(plan.stepsDone()));
  }

  private void findings(List<Finding> findings) {
    findings.stream().limit(MOST_FINDINGS).forEach(finding -> line("check", finding.text()));
    if (findings.size() > MOST_FINDINGS) {
      line("check", (findings.size() - MOST_FINDINGS) + " more; `swin-engine data check` lists all");
    }
  }

  private static String kind(TrainConfig config) {
    return config.falling().schedule().name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static String folder(TrainingPlan plan) {
    Path folder = plan.folder();
    String tag = plan.config().tag();
    return folder.getFileName().toString().equals(tag)
        ? folder.toString()
        : folder + ", because " + folder.resolveSibling(tag) + " exists (--resume --tag " + tag
            + " goes on with that run)";
  }

  private static String statistics(TrainingPlan plan) {
    Normalize normalize = plan.preprocessing().normalize();
    if (normalize.isOfEach()) {
      return "each picture is brought to mean 0 and deviation 1 by itself";
    }
    return "mean " + listed(normalize.mean()) + ", deviation " + listed(normalize.std())
        + " of pixels from 0 to 1";
  }

  private static String listed(float[] values) {
    List<String> texts = new ArrayList<>();
    for (float value : values) {
      texts.add(String.format(Locale.ROOT, "%.4g", value));
    }
    return String.join(" ", texts);
  }

  @Override
  public void estimate(Estimate left) {
    if (this.left == null) {
      line("estimate", left.toString());
    }
    this.left = left;
  }

  void line(String what, String text) {
    note(String.format("%-9s %s", what, SettingNames.inOptions(text)));
  }

  void note(String line) {
    progress.note(line);
    log.accept(line);
  }

  /** Whether the run was found to need more memory than there is, and the user told what to do. */
  boolean hasAdvised() {
    return advised;
  }

  /** Shows something that the user should know, from any thread and at any time. */
  public void warning(String sentence) {
    line("warning", sentence);
  }

  private static String some(List<String> classes) {
    int shown = Math.min(10, classes.size());
    String names = String.join(", ", classes.subList(0, shown));
    return shown < classes.size() ? names + ", …" : names;
  }

  private static String counted(long count, String what) {
    return count + " " + what + (count == 1 ? "" : "s");
  }

  private static String images(TrainConfig config) {
    return config.accumulationSteps() == 1
        ? "batch " + config.batchSize()
        : "batch " + config.batchSize() + " × " + config.accumulationSteps() + " accumulated";
  }

  @Override
  public void features(int done, int images) {
    if (done == images) {
      progress.finish("features  of " + images + " images are computed");
    } else if (progress.isDue()) {
      progress
          .show("features  " + progress.bar((double) done / images, "") + done + "/" + images + " images");
    }
  }

  @Override
  public void step(
      int epoch, int step, int stepsPerEpoch, double loss, double learningRate, double imagesPerSecond) {
    if (progress.isDue()) {
      progress.show(text(epoch, step, stepsPerEpoch, loss, imagesPerSecond));
    }
  }

  private String text(int epoch, int step, int steps, double loss, double rate) {
    String bar = progress.bar((double) step / steps, "step ");
    double epochLeft = (double) (steps - step) * imagesPerStep / rate;
    return String.format(
        Locale.ROOT, "%sepoch %d/%d %s%d/%d  loss %.4f  %.0f img/s  %s left%s", prefix(), epoch, epochs, bar,
        step, steps,
        loss, rate,
        Durations.text(left == null ? epochLeft : left.epochSeconds()),
        left == null ? "" : ", " + Durations.text(left.seconds()) + " of the run");
  }

  private String prefix() {
    return fold.isEmpty() ? "" : fold + "  ";
  }

  @Override
  public void epoch(EpochMetrics metrics) {
    String text =
        String.format(
            Locale.ROOT,
            "%sepoch %d/%d  train loss %.4f  val loss %.4f  %s  lr %.2e  %.0f img/s  %s",
            prefix(), metrics.epoch(), epochs, metrics.trainLoss(),
            metrics.validationLoss(),
            TrainingTasks.line(task, metrics, metric),
            metrics.learningRate(), metrics.imagesPerSecond(), Durations.text(metrics.seconds()));
    progress.finish(text);
    log.accept(text);
  }

  @Override
  public void suspects(SuspectLabels found, Path file) {
    progress.end();
    line(
        "labels",
        found.judged() == 0 ? found.method()
            : String.format(
                Locale.ROOT, "%s has the %,d of %,d that are the likeliest to be wrong, to be reviewed", file,
                found.suspects().size(), found.judged()));
  }

  @Override
  public void calibrated(CalibrationFit fit) {
    fit.notes().forEach(note -> line("certainty", note));
  }

  @Override
  public void finished(TrainResult result) {
    progress.end();
    if (!fold.isEmpty() && result.status() == TrainResult.Status.INTERRUPTED) {
      say("stopped   %s after %d steps", fold, result.steps());
      return;
    }
    say("memory    %d MB at the most", PeakMemory.megabytes());
    Path folder = result.folder();
    if (result.status() == TrainResult.Status.INTERRUPTED) {
      say("stopped after %d steps; everything is in %s, and %s goes on from there", result.steps(), folder,
          resuming(folder));
      return;
    }
    double best = metric.of(result.history().get(result.bestEpoch() - 1));
    String top1 =
        metric == BestMetric.ACCURACY || Double.isNaN(result.bestTop1()) ? ""
            : " (" + BestMetric.ACCURACY.shown(result.bestTop1()) + ")";
    say(
        "best %s%s in epoch %d, after %s", metric.shown(best), top1, result.bestEpoch(),
        Durations.text(result.seconds()));
    if (!fold.isEmpty()) {
      return;
    }
    int lost = data.skipped().size() - skipped;
    if (lost > 0) {
      line("skipped",
          lost + (lost == 1 ? " image" : " images") + " became unreadable while the run went on, and"
              + " others took their place; listed in " + folder.resolve("skipped.txt"));
    }
    Findings.of(result.history(), result.evaluation(), null, classes)
        .forEach(finding -> line("look", finding));
    say("weights   %s", folder.resolve("best.safetensors"));
    say("metrics   %s", folder.resolve("metrics.jsonl"));
    say("report    %s", folder.resolve("report.html"));
  }

  /** The options that go on with a run. */
  static String resuming(Path folder) {
    Path output = folder.getParent();
    boolean usual = output == null || output.equals(Path.of("runs"));
    return "--resume " + (usual ? "" : "--output " + output + " ") + "--tag " + folder.getFileName();
  }

  private void say(String format, Object... values) {
    note(String.format(format, values));
  }
}
