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
import org.swinengine.models.ModelFamilies;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.Models;
import org.swinengine.nn.ForwardMode;
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
      "Without a model: a small one of each family, a Swin with shifted windows, patch merging and padding"
          + " among them.",
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

  @Spec
  private CommandSpec command;
  @Mixin
  private ModelOptions model;

  @Option(
      names = "--samples",
      paramLabel = "N",
      defaultValue = "6",
      description = "Elements to check of each parameter, chosen by the seed; 0: all."
          + " Default: ${DEFAULT-VALUE}.")
  private int samples;

  @Mixin
  private DeviceOptions device;
  @Mixin
  private JsonOption json;

  @Override
  public Integer call() {
    if (samples < 0) {
      throw new ParameterException(command.commandLine(), "--samples must be at least 0, not " + samples);
    }
    List<ModelSpec> specs =
        model.isGiven()
            ? List.of(model.specOr(Models.DEFAULT))
            : ModelFamilies.all().stream().flatMap(family -> family.smallest().stream()).toList();
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
      Shape labelled = spec.labelsShape(IMAGES);
      int[] classes = random.ints(labelled.elements(), 0, spec.classes()).toArray();
      Tensor labels = Tensor.ofInts(backend, labelled, classes);
      for (Parameter parameter : built.parameters()) {
        GradientCheck check =
            GradientCheck.of(
                none -> CrossEntropyOp.apply(
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
      // ReLU's operands away from its kink, across which a difference is no derivative; as many above as
      // below.
      values[i] += parameter.path().endsWith("cpb_mlp.0.bias") ? 1 - 2 * (i % 2) : 0;
    }
    parameter.backend().memory().upload(values, 0, parameter.value(), values.length);
    parameter.touch();
  }
}
