package org.swinengine.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Warnings;
import org.swinengine.console.PlainText;
import org.swinengine.console.Terminal;
import org.swinengine.dashboard.Dashboard;
import org.swinengine.models.ModelConfigException;
import org.swinengine.train.RunPrecision;
import org.swinengine.train.TrainConfig;
import org.swinengine.train.TrainListener;
import org.swinengine.train.TrainResult;
import org.swinengine.train.Trainer;
import org.swinengine.train.folds.CrossValidation;
import org.swinengine.train.folds.FoldsListener;
import org.swinengine.train.folds.FoldsResult;
import org.swinengine.train.task.TrainingTasks;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code train}: from images to a model. */
@Command(
    name = "train",
    abbreviateSynopsis = true,
    description = {
      "Trains a model and writes weights, metrics and a report to a run folder.",
      "Without options: a small Swin on the built-in images, within minutes.",
      "Ctrl-C saves a checkpoint; --resume goes on from there, also after a crash."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  swin-engine train",
      "  swin-engine train flowers",
      "  swin-engine train flowers --model swin_tiny_patch4_window7_224 --tag flowers",
      "  swin-engine train flowers --pretrained swin.pth --freeze backbone --tag tuned",
      "  swin-engine train flowers --folds 5 --tag folds",
      "  swin-engine train --resume --tag flowers"
    })
final class TrainCommand implements Callable<Integer>, MemoryAdvisor {
  /** An open page asks every two seconds. */
  private static final int LAST_LOOK_SECONDS = 5;

  @Spec
  private CommandSpec command;
  @Mixin
  private TrainOptions options;
  @Mixin
  private DeviceOptions device;
  @Mixin
  private JsonOption json;
  private ConsoleProgress shown;

  @Override
  public Integer call() throws IOException, InterruptedException {
    // Only the result goes to the output where a machine reads it.
    PrintStream progress = json.isOn() ? System.err : System.out;
    TrainResult result;
    Path showBatch = options.showBatch();
    OverfitOneBatch check = check();
    shown = new ConsoleProgress(progress, Terminal.isInteractive());
    try (Dashboard dashboard = openDashboard();
        Backend backend = openDevice()) {
      TrainOptions.Planned planned = plan(backend);
      TrainConfig config = planned.config();
      shown.chosen(planned.reasons());
      if (check == null && showBatch == null && options.folds().isOn(config)) {
        return runFolds(config, backend, dashboard);
      }
      if (check != null) {
        return check.run(planned, backend, progress, Terminal.isInteractive(),
            json.isOn() ? command.commandLine().getOut() : null);
      }
      if (showBatch != null) {
        int count = Trainer.showBatch(config, planned.data(), showBatch);
        progress
            .println(count + " images as the model would see them: " + PlainText.line(showBatch.toString()));
        return 0;
      }
      TrainListener listener = dashboard == null ? shown : dashboard.after(shown);
      Trainer trainer =
          new Trainer(config, planned.data(), backend, listener).withRates(planned.rates());
      try (Warnings.Subscription warnings = Warnings.sendTo(shown::warning);
          StopOnSignal stop = new StopOnSignal(trainer::requestStop, System.err)) {
        result = trainer.run();
        if (json.isOn()) {
          printJson(result);
        }
        if (dashboard != null && result.status() == TrainResult.Status.COMPLETED) {
          dashboard.awaitLastLook(LAST_LOOK_SECONDS);
        }
      } catch (CancellationException e) {
        // A signal came before there was anything to save, and whoever watches for signals has said so.
        return 1;
      }
    }
    return result.status() == TrainResult.Status.COMPLETED ? 0 : 1;
  }

  private int runFolds(TrainConfig config, Backend backend, Dashboard dashboard)
      throws IOException, InterruptedException {
    FoldsListener progress = new FoldsProgress(shown);
    CrossValidation folds =
        new CrossValidation(
            config, options.folds().data(config), backend,
            dashboard == null ? progress : dashboard.after(progress));
    try (Warnings.Subscription warnings = Warnings.sendTo(shown::warning);
        StopOnSignal stop = new StopOnSignal(folds::requestStop, System.err)) {
      FoldsResult result = folds.run();
      boolean completed = result.status() == TrainResult.Status.COMPLETED;
      if (json.isOn()) {
        command.commandLine().getOut().println(FoldsJson.of(result));
      }
      if (dashboard != null && completed) {
        dashboard.awaitLastLook(LAST_LOOK_SECONDS);
      }
      return completed ? 0 : 1;
    } catch (CancellationException e) {
      // A signal came before there was anything to save, and whoever watches for signals has said so.
      return 1;
    }
  }

  /** A run that goes on computes as it did, unless an option says another thing. */
  private Backend openDevice() throws IOException {
    Optional<RunPrecision> before = said(options::precisionBefore);
    return before.isPresent()
        ? device.openToResume(before.get(), reason -> shown.chosen(List.of(reason)))
        : device.openForTraining();
  }

  private Dashboard openDashboard() throws IOException {
    Dashboard dashboard = options.openDashboard();
    if (dashboard != null) {
      shown.copyTo(dashboard::log);
      shown.dashboard(dashboard);
    }
    return dashboard;
  }

  @Override
  public boolean hasAdvised() {
    return shown != null && shown.hasAdvised();
  }

  private OverfitOneBatch check() {
    return Usage.of(command, options::overfit);
  }

  private TrainOptions.Planned plan(Backend backend) throws IOException {
    boolean seedGiven = command.commandLine().getParseResult().hasMatchedOption("--seed");
    int cores = backend.name().equals("cuda") ? 0 : Runtime.getRuntime().availableProcessors();
    return said(
        () -> {
          TrainOptions.Planned planned = options.plan(seedGiven ? device.seed() : null, cores, backend);
          requireModel(planned.config());
          return options.folds().opened(planned);
        });
  }

  /** Something that files and options say. */
  private interface Said<T> {
    T get() throws IOException;
  }

  private <T> T said(Said<T> said) throws IOException {
    try {
      return said.get();
    } catch (ModelConfigException e) {
      // Of a file: what options say of a model has been looked at where they are read.
      throw e;
    } catch (IllegalArgumentException e) {
      throw Usage.wrong(command, e);
    }
  }

  private void requireModel(TrainConfig config) {
    try {
      TrainingTasks.requireModel(config.loss().task(), config.model());
    } catch (IllegalArgumentException e) {
      throw Usage.wrong(command, e);
    }
  }

  private void printJson(TrainResult result) {
    ObjectNode node =
        Json.object()
            .put("status", result.status() == TrainResult.Status.COMPLETED ? "completed" : "interrupted")
            .put("folder", result.folder().toString())
            .put("epochs", result.history().size())
            .put("steps", result.steps())
            .put("best_epoch", result.bestEpoch());
    if (Double.isNaN(result.bestTop1())) {
      node.put("best_value", result.bestMetric().of(result.history().get(result.bestEpoch() - 1)));
    } else {
      node.put("best_top1", result.bestTop1());
    }
    node.put("best_metric", result.bestMetric().text()).put("seconds", result.seconds());
    command.commandLine().getOut().println(node);
  }
}
