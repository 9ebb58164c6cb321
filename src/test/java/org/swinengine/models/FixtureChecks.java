package org.swinengine.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.nn.ForwardMode;
import org.swinengine.ops.CrossEntropyOp;
import org.swinengine.optim.AdamW;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;
import org.swinengine.weights.ArrayData;

/**
 * Compares a whole model with its original implementation in PyTorch float32. The error of an array is max|Δ|
 * / max(max|array|, 1e-3 × the largest max|·| over all arrays of its kind).
 *
 * @param logits bound on the logits' error
 * @param gradients bound on every parameter's gradient
 * @param losses bound on the relative error of each step's loss
 * @param parameters bound on the parameters after three steps
 */
record FixtureChecks(double logits, double gradients, double losses, double parameters) {
  /** What every float32 device keeps. */
  static final FixtureChecks FLOAT32 = new FixtureChecks(1e-5, 1e-4, 1e-5, 1e-4);

  void logitsEqualPyTorchs(Fixture fixture, Backend backend) {
    try (Scope scope = Scope.open()) {
      Placed placed = new Placed(fixture, backend);
      double[] found = placed.model.forward(placed.input, ForwardMode.EVALUATION).value().toDoubles();
      assertClose(Map.of("logits", fixture.logits()), Map.of("logits", found), logits);
    }
  }

  void everyGradientEqualsPyTorchs(Fixture fixture, Backend backend) {
    try (Scope scope = Scope.open()) {
      Placed placed = new Placed(fixture, backend);
      double loss = placed.backward();
      assertEquals(fixture.losses()[0], loss, losses * Math.abs(loss));
      assertClose(fixture.gradients(), placed.read(Parameter::gradient), gradients);
    }
  }

  void threeAdamWStepsEqualPyTorchs(Fixture fixture, Backend backend) {
    try (Scope scope = Scope.open()) {
      Placed placed = new Placed(fixture, backend);
      AdamW optimizer =
          new AdamW(placed.arena, AdamW.Options.DEFAULT.withWeightDecay(0.05, true).withClipNorm(0));
      for (double expected : fixture.losses()) {
        double loss = placed.backward();
        assertEquals(expected, loss, losses * Math.abs(expected), "loss");
        assertTrue(optimizer.step(1e-3).finite());
      }
      assertClose(masked(fixture), placed.read(Variable::value), parameters);
    }
  }

  /**
   * The parameters after three steps, NaN where the first gradient is rounding noise: Adam turns that into
   * full steps of either sign.
   */
  private static Map<String, double[]> masked(Fixture fixture) {
    Map<String, double[]> gradients = fixture.gradients();
    double largest = gradients.values().stream().mapToDouble(FixtureChecks::largest).max().orElseThrow();
    Map<String, double[]> after = fixture.afterThreeSteps();
    after.forEach(
        (path, values) -> {
          double[] gradient = gradients.get(path);
          for (int i = 0; i < values.length; i++) {
            if (Math.abs(gradient[i]) <= 1e-6 * largest) {
              values[i] = Double.NaN;
            }
          }
        });
    return after;
  }

  private static void assertClose(Map<String, double[]> expected, Map<String, double[]> actual,
      double tolerance) {
    assertEquals(expected.keySet(), actual.keySet());
    double largest = expected.values().stream().mapToDouble(FixtureChecks::largest).max().orElseThrow();
    expected.forEach(
        (name, values) -> {
          double error = 0;
          double[] found = actual.get(name);
          assertEquals(values.length, found.length, name);
          for (int i = 0; i < values.length; i++) {
            if (!Double.isNaN(values[i])) {
              double difference = Math.abs(values[i] - found[i]);
              assertTrue(Double.isFinite(difference), name + " holds " + found[i]);
              error = Math.max(error, difference);
            }
          }
          error /= Math.max(largest(values), 1e-3 * largest);
          assertTrue(error < tolerance, name + ": error " + error + ", at most " + tolerance);
        });
  }

  private static double largest(double[] values) {
    double largest = 0;
    for (double value : values) {
      largest = Math.max(largest, Double.isNaN(value) ? 0 : Math.abs(value));
    }
    return largest;
  }

  /** A fixture's model on a device. */
  private static final class Placed {
    final Model model;
    final ParameterArena arena;
    final Variable input;
    final Tensor labels;

    Placed(Fixture fixture, Backend backend) {
      model = Models.create(fixture.spec);
      arena = new ParameterArena(backend, model.parameters(), 1);
      ModelWeights.load(model, fixture.weights, LoadOptions.STRICT, "fixture");
      ArrayData image = fixture.input();
      input = Variable.constant(Tensor.of(backend, Shape.of(image.shape()), image.toFloats()));
      labels = Tensor.ofInts(backend, fixture.spec.labelsShape(input.dim(0)), fixture.labels());
    }

    double backward() {
      try (Tape tape = Tape.open()) {
        Variable loss =
            CrossEntropyOp.apply(model.forward(input, ForwardMode.EVALUATION), labels, 0);
        tape.backward(loss);
        return loss.value().item();
      }
    }

    Map<String, double[]> read(java.util.function.Function<Parameter, Tensor> part) {
      Map<String, double[]> arrays = new LinkedHashMap<>();
      List<Parameter> parameters = model.parameters();
      parameters.forEach(parameter -> arrays.put(parameter.path(), part.apply(parameter).toDoubles()));
      return arrays;
    }
  }
}
