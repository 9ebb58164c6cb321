package org.swinengine.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Repetition;
import org.swinengine.inference.OpenOptions;
import org.swinengine.inference.WeightSource;
import org.swinengine.models.Model;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.Models;
import org.swinengine.optim.AdamW;
import org.swinengine.optim.Cycles;
import org.swinengine.optim.Optimizer;
import org.swinengine.optim.PolynomialSchedule;
import org.swinengine.optim.Schedule;
import org.swinengine.optim.Sgd;
import org.swinengine.optim.WarmUp;
import org.swinengine.tensor.Scope;
import org.swinengine.weights.Npy;
import org.swinengine.weights.Safetensors;
import org.swinengine.weights.StateDict;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code fit-batch}: overfits one batch. */
@Command(
    name = "fit-batch",
    description = {
      "Trains on one batch, over and over: the classic check that a model can learn at all, and a way to"
          + " compare its gradients with another implementation's; with --batch-size on several batches in"
          + " turn. Prints a line of JSON for each step.",
      "The model runs in evaluation mode (no dropout, no stochastic depth), and gradients are not clipped."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    footer = {
      "",
      "Example:",
      "  swin-engine fit-batch --model swin_tiny_patch4_window7_224 --weights swin.pth \\",
      "      --input x.npy --target t.npy --steps 3 --grads-output g.safetensors"
    })
final class FitBatchCommand implements Callable<Integer> {
  /** Whose names the written arrays have. */
  private enum Names {
    engine,
    source
  }

  /** What changes the weights. */
  private enum Rule {
    adamw,
    sgd
  }

  /** What is minimised. */
  private enum Minimised {
    CROSS_ENTROPY,
    CE_DICE;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /** How the learning rate goes. */
  private enum Course {
    constant,
    poly
  }

  /** How a step changes the weights. */
  private static final class Learning {
    /** Of the original Swin-Unet. */
    private static final double POWER = 0.9;

    @Option(
        names = "--loss",
        paramLabel = "cross-entropy|ce-dice",
        defaultValue = "cross-entropy",
        description = "cross-entropy, or ce-dice, the original Swin-Unet's 0.4 parts of it and 0.6 of the"
            + " Dice loss, for a model that segments. Default: ${DEFAULT-VALUE}.")
    private Minimised loss;

    @Option(
        names = "--batch-size",
        paramLabel = "N",
        defaultValue = "0",
        description = "Images of a step: the input's first ones, then the next, and from the start again;"
            + " 0: all of them each time. Default: ${DEFAULT-VALUE}.")
    private int batchSize;

    @Option(
        names = "--schedule",
        paramLabel = "constant|poly",
        defaultValue = "constant",
        description = "constant, or poly: step k of n has the rate times (1 − k/n)^0.9, k from 0."
            + " Default: ${DEFAULT-VALUE}.")
    private Course course;

    @Option(
        names = "--optimizer",
        paramLabel = "adamw|sgd",
        defaultValue = "adamw",
        description = "Default: ${DEFAULT-VALUE}, with PyTorch's betas and epsilon.")
    private Rule optimizer;

    @Option(
        names = "--lr",
        paramLabel = "R",
        defaultValue = "1e-3",
        description = "Learning rate, the highest of a schedule. Default: ${DEFAULT-VALUE}.")
    private double learningRate;

    @Option(
        names = "--momentum",
        paramLabel = "M",
        defaultValue = "0",
        description = "Momentum of sgd, from 0 to below 1. Default: ${DEFAULT-VALUE}.")
    private double momentum;

    @Option(
        names = "--weight-decay",
        paramLabel = "W",
        defaultValue = "0",
        description = "Of weight matrices; decoupled for adamw, a part of the gradient for sgd."
            + " Default: ${DEFAULT-VALUE}.")
    private double weightDecay;

    @Option(
        names = "--decay-all",
        description = "Decay every parameter, biases, norms and position tables included.")
    private boolean decayAll;

    private Schedule schedule(int steps) {
      return course == Course.poly
          ? new PolynomialSchedule(learningRate, 0, POWER, WarmUp.NONE, Cycles.one(steps))
          : Schedule.constant(learningRate);
    }

    private Optimizer over(ParameterArena arena) {
      return optimizer == Rule.adamw
          ? new AdamW(arena, AdamW.Options.DEFAULT.withWeightDecay(weightDecay, decayAll).withClipNorm(0))
          : new Sgd(arena, new Sgd.Options(momentum, false, weightDecay, decayAll));
    }
  }

  @Spec
  private CommandSpec command;
  @Mixin
  private ModelOptions model;
  @Mixin
  private NamesOptions names;

  @Option(
      names = "--weights",
      paramLabel = "FILE",
      description = "Weights to start from, of any implementation that is known. Default: fresh ones, by"
          + " --seed.")
  private Path weights;

  @Mixin
  private PretrainedSource pretrained;

  @Option(
      names = "--input",
      required = true,
      paramLabel = "FILE",
      description = "The images, .npy [n, channels, height, width], preprocessed already.")
  private Path input;

  @Option(
      names = "--target",
      required = true,
      paramLabel = "FILE",
      description = "The class numbers, .npy [n] of integers or whole floats; [n, height, width] for a model"
          + " that segments.")
  private Path target;

  @Option(
      names = "--ignore-index",
      paramLabel = "N",
      description = "A number in the target that marks elements which do not count, such as 255 or -100."
          + " Default: none.")
  private Integer ignored;

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "10",
      description = "Optimizer steps. Default: ${DEFAULT-VALUE}.")
  private int steps;

  @Mixin
  private Learning learning;

  @Option(
      names = "--names",
      paramLabel = "engine|source",
      defaultValue = "engine",
      description = "Names in the written files: the engine's, or those of the file that --weights read."
          + " Default: ${DEFAULT-VALUE}.")
  private Names written;

  @Option(
      names = "--grads-output",
      paramLabel = "FILE",
      description = "Receives the gradients of the first step, .safetensors.")
  private Path gradientsOutput;

  @Option(
      names = "--output",
      paramLabel = "FILE",
      description = "Receives the weights after the last step, .safetensors.")
  private Path output;

  @Mixin
  private DeviceOptions device;

  @Override
  public Integer call() {
    check();
    try (Backend backend = device.open();
        Scope scope = Scope.open()) {
      WeightSource source = source();
      ModelSpec spec = source == null ? model.specOr(null) : source.spec();
      Model fitted = Models.create(names.loading().withChosenClasses(spec));
      fitted.requireComputableOn(backend);
      Predicate<Parameter> given = source == null ? parameter -> false : source.given(fitted);
      ParameterArena arena = new ParameterArena(backend, fitted.parameters(), device.seed(), given);
      if (source != null) {
        command.commandLine().getErr()
            .println("weights   " + SettingNames.inOptions(source.loadAll(fitted).toString(), command));
      }
      BatchFit fit =
          new BatchFit(
              fitted, learning.over(arena), Npy.read(input), Npy.read(target),
              new BatchFit.Use(learning.batchSize, ignored, learning.loss == Minimised.CE_DICE));
      Schedule schedule = learning.schedule(steps);
      PrintWriter out = command.commandLine().getOut();
      for (int step = 0; step < steps; step++) {
        double loss;
        Optimizer.StepResult result;
        try (Repetition repeated = fit.repeating()) {
          loss = fit.backward();
          if (step == 0 && gradientsOutput != null) {
            Safetensors.write(gradientsOutput, named(fit.gradients(arena), source));
          }
          result = fit.update(schedule.rate(step));
        }
        out.println(
            Json.object().put("step", step + 1).put("loss", loss).put("gradient_norm",
                result.gradientNorm()));
        out.flush();
        if (!result.finite()) {
          throw new IllegalArgumentException(
              "the gradients of step " + (step + 1) + " are not finite (loss " + loss
                  + "); take a smaller --lr, or look at the input");
        }
      }
      if (output != null) {
        Safetensors.write(output, named(fit.weights(), source));
      }
    }
    return 0;
  }

  private void check() {
    require(steps >= 1, "--steps must be at least 1, not " + steps);
    double rate = learning.learningRate;
    double momentum = learning.momentum;
    require(rate > 0 && Double.isFinite(rate), "--lr must be above 0, not " + rate);
    require(learning.batchSize >= 0, "--batch-size must be at least 0, not " + learning.batchSize);
    require(learning.weightDecay >= 0, "--weight-decay must be at least 0, not " + learning.weightDecay);
    require(momentum >= 0 && momentum < 1, "--momentum must be at least 0 and below 1, not " + momentum);
    require(momentum == 0 || learning.optimizer == Rule.sgd, "--momentum goes with --optimizer sgd");
    require(weights == null || !pretrained.isGiven(), "give --weights or --pretrained, one of them");
    require(
        written == Names.engine || weights != null || pretrained.isGiven(),
        "--names source needs --weights or --pretrained, whose names they are");
  }

  private void require(boolean condition, String message) {
    if (!condition) {
      throw new ParameterException(command.commandLine(), message);
    }
  }

  /**
   * The weights, of the model that was named, or else of the one that they say or show; null for fresh ones.
   */
  private WeightSource source() {
    if (weights == null && !pretrained.isGiven()) {
      return null;
    }
    OpenOptions options = names.options();
    return (weights != null ? WeightSource.of(weights) : pretrained.open())
        .with(model.isGiven() ? options.withSpec(model.specOr(null)) : options);
  }

  private StateDict named(StateDict dict, WeightSource source) {
    return written == Names.engine ? dict : source.names().toSource(dict);
  }
}
