package org.swinengine.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Callable;
import org.swinengine.autograd.GradientCheck;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.models.Model;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.Models;
import org.swinengine.models.swin.SwinConfig;
import org.swinengine.models.swinv2.SwinV2Config;
import org.swinengine.models.vit.VitConfig;
import org.swinengine.nn.ForwardMode;
import org.swinengine.nn.WindowPolicy;
import org.swinengine.ops.CrossEntropyOp;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code gradcheck}: whether the gradients are right. */
@Command(
    name = "gradcheck",
    description = {
      "Compares the gradients of all parameters with differences of the loss, in float64 on the reference"
          + " device.",
      "Without a model: a small Swin with shifted windows, patch merging and padding, a small Swin V2 with"
          + " the same, and a small ViT.",
      "The exit code is 1 if a relative error exceeds 1e-5."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    footer = {"", "Example:", "  swin-engine gradcheck --samples 20"})
final class GradcheckCommand implements Callable<Integer> {
  private static final double TOLERANCE = 1e-5;
  private static final double LABEL_SMOOTHING = 0.1;
  private static final int IMAGES = 2;

  /** Initial weights are so small that attention hardly has a gradient; this much is added to them. */
  private static final double SPREAD = 0.2;

  @Spec private CommandSpec command;
  @Mixin private ModelOptions model;

  @Option(
      names = "--samples",
      paramLabel = "N",
      defaultValue = "6",
      description = "Elements to check of each parameter, chosen by the seed; 0: all."
          + " Default: ${DEFAULT-VALUE}.")
  private int samples;

  @Mixin private DeviceOptions device;
  @Mixin private JsonOption json;

  @Override
  public Integer call() {
    if (samples < 0) {
      throw new ParameterException(command.commandLine(), "--samples must be at least 0, not " + samples);
    }
    List<ModelSpec> specs =
        model.isGiven()
            ? List.of(model.specOr(Models.DEFAULT))
            : List.of(smallSwin(), smallSwinV2(), smallVit());
    ArrayNode all = Json.array();
    double worst = 0;
    try (Backend backend = device.openOr("reference")) {
      for (ModelSpec spec : specs) {
        worst = Math.max(worst, check(spec, backend, all));
      }
    }
    boolean passed = worst <= TOLERANCE;
    PrintWriter out = command.commandLine().getOut();
    if (json.isOn()) {
      ObjectNode node = Json.object();
      node.put("passed", passed).put("max_relative_error", worst).put("tolerance", TOLERANCE);
      out.println(node.set("parameters", all));
    } else {
      out.printf(
          Locale.ROOT,
          "largest relative error %.2e: %s %.0e%n",
          worst,
          passed ? "within" : "above",
          TOLERANCE);
    }
    return passed ? 0 : 1;
  }

  private double check(ModelSpec spec, Backend backend, ArrayNode all) {
    PrintWriter out = command.commandLine().getOut();
    double worst = 0;
    try (Scope scope = Scope.open()) {
      Random random = new Random(device.seed());
      Model built = Models.create(spec);
      new ParameterArena(backend, built.parameters(), device.seed());
      built.parameters().forEach(parameter -> spread(parameter, random));
      Shape shape = Shape.of(IMAGES, spec.channels(), spec.imageHeight(), spec.imageWidth());
      double[] pixels = random.doubles(shape.elements(), -1, 1).toArray();
      Variable images = Variable.constant(Tensor.of(backend, shape, pixels));
      int[] classes = random.ints(IMAGES, 0, spec.classes()).toArray();
      Tensor labels = Tensor.ofInts(backend, Shape.of(IMAGES), classes);
      for (Parameter parameter : built.parameters()) {
        GradientCheck check =
            GradientCheck.of(
                    none ->
                        CrossEntropyOp.apply(
                            built.forward(images, ForwardMode.EVALUATION), labels, LABEL_SMOOTHING))
                .parameters(List.of(parameter));
        GradientCheck.Report report =
            (samples == 0 ? check : check.atMost(samples, device.seed())).run();
        double error = report.maximumRelativeError();
        // A NaN is as wrong as can be.
        worst = Math.max(worst, Double.isNaN(error) ? Double.POSITIVE_INFINITY : error);
        ObjectNode node = all.addObject().put("model", spec.name()).put("parameter", parameter.path());
        node.put("checked", report.checked()).put("max_relative_error", error);
        if (!json.isOn()) {
          out.printf(
              Locale.ROOT,
              "%-12s %-52s %5d checked  %.2e%n",
              spec.name(),
              parameter.path(),
              report.checked(),
              error);
        }
      }
    }
    return worst;
  }

  private static void spread(Parameter parameter, Random random) {
    double[] values = parameter.value().toDoubles();
    for (int i = 0; i < values.length; i++) {
      values[i] += SPREAD * (2 * random.nextDouble() - 1);
      // ReLU's operands away from its kink, across which a difference is no derivative; half of them above.
      values[i] += parameter.path().endsWith("cpb_mlp.0.bias") ? 1 - 2 * (i % 2) : 0;
    }
    parameter.backend().memory().upload(values, 0, parameter.value(), values.length);
    parameter.touch();
  }

  /** Its 7x5 tokens are padded to windows of 4x4 and merged to 4x3. */
  static ModelSpec smallSwin() {
    return new ModelSpec("small Swin", 14, 10, 3, 5, 0, 0, swin(true));
  }

  /** The same windows; its second stage's biases are those of a smaller window. */
  static ModelSpec smallSwinV2() {
    SwinV2Config config = new SwinV2Config(swin(false), List.of(0, 3));
    return new ModelSpec("small Swin V2", 14, 10, 3, 5, 0, 0, config);
  }

  private static SwinConfig swin(boolean absolutePositions) {
    List<Integer> depths = List.of(2, 2);
    List<Integer> heads = List.of(2, 4);
    WindowPolicy padding = WindowPolicy.TORCHVISION;
    return new SwinConfig(
        2, 8, depths, heads, 4, 4, 2, true, null, absolutePositions, true, 1e-5, padding);
  }

  static ModelSpec smallVit() {
    return new ModelSpec(
        "small ViT", 8, 12, 3, 5, 0, 0, new VitConfig(4, 8, 2, 2, 2, true, VitConfig.Pool.TOKEN, 1e-6));
  }
}
