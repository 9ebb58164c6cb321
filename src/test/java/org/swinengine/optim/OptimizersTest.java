package org.swinengine.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.cpu.CpuBackend;
import org.swinengine.backend.reference.ReferenceBackend;
import org.swinengine.ops.MultiplyOp;
import org.swinengine.ops.SumOp;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/** Five steps of each optimizer beside PyTorch's and timm's ({@code optimizers.py}). */
final class OptimizersTest {
  private static final JsonNode TABLE = Reference.table(OptimizersTest.class, "optimizers.json");
  private static final double RATE = TABLE.get("rate").asDouble();
  private static final Optimizers.Settings DECAY = new Optimizers.Settings(0.1);

  private static Shape shape(String name) {
    JsonNode dims = TABLE.get("shapes").get(name);
    int[] all = new int[dims.size()];
    for (int i = 0; i < all.length; i++) {
      all[i] = dims.get(i).asInt();
    }
    return Shape.of(all);
  }

  private static List<Parameter> parameters() {
    List<Parameter> parameters = new ArrayList<>();
    Iterator<Map.Entry<String, JsonNode>> all = TABLE.get("first").fields();
    while (all.hasNext()) {
      Map.Entry<String, JsonNode> one = all.next();
      double[] first = Reference.numbers(one.getValue());
      Shape shape = shape(one.getKey());
      Parameter parameter =
          new Parameter(
              shape,
              (values, seed, path) -> {
                for (int i = 0; i < values.length; i++) {
                  values[i] = (float) first[i];
                }
              },
              shape.rank() > 1);
      parameter.setPath(one.getKey());
      parameters.add(parameter);
    }
    return parameters;
  }

  /** An arena with the exact first values: initializers give floats. */
  private static ParameterArena arena(Backend backend) {
    ParameterArena arena = new ParameterArena(backend, parameters(), 0);
    for (Parameter parameter : arena.parameters()) {
      double[] first = Reference.numbers(TABLE.get("first").get(parameter.path()));
      backend.memory().upload(first, 0, parameter.value(), first.length);
    }
    return arena;
  }

  /** The gradient of Σ p·g is g. */
  private static void gradients(ParameterArena arena, int step) {
    for (Parameter parameter : arena.parameters()) {
      if (parameter.isTrainable()) {
        double[] numbers = Reference.numbers(TABLE.get("gradients").get(step).get(parameter.path()));
        Gradients.add(
            () -> {
              Tensor g = Tensor.empty(arena.backend(), arena.backend().masterType(), parameter.shape());
              arena.backend().memory().upload(numbers, 0, g, numbers.length);
              return SumOp.apply(MultiplyOp.apply(parameter, Variable.constant(g)));
            });
      }
    }
  }

  private static Optimizer run(
      String name, Backend backend, Function<ParameterArena, Optimizer> make, Clipping clipping,
      double tolerance) {
    Optimizer optimizer = make.apply(arena(backend));
    JsonNode expected = TABLE.get("cases").get(name);
    for (int step = 0; step < expected.get("weights").size(); step++) {
      gradients(optimizer.arena(), step);
      Optimizer.StepResult result =
          clipping == null ? optimizer.step(RATE) : optimizer.step(RATE, clipping);
      assertTrue(result.finite());
      assertEquals(norm(step), result.gradientNorm(), 1e-5 * norm(step), name + ": the norm before clipping");
      for (Parameter parameter : optimizer.arena().parameters()) {
        assertArrayEquals(
            Reference.numbers(expected.get("weights").get(step).get(parameter.path())),
            parameter.value().toDoubles(), tolerance, name + ", step " + step + ", " + parameter.path());
      }
    }
    assertState(name, optimizer, expected.get("state"), tolerance);
    return optimizer;
  }

  private static void assertState(String name, Optimizer optimizer, JsonNode state, double tolerance) {
    int found = 0;
    for (int i = 0; i < optimizer.arena().parameters().size(); i++) {
      Parameter parameter = optimizer.arena().parameters().get(i);
      for (Map.Entry<String, Tensor> one : optimizer.state().entrySet()) {
        String key = one.getKey() + "." + parameter.path();
        assertTrue(state.has(key), name + " has no " + key);
        assertArrayEquals(
            Reference.numbers(state.get(key)),
            one.getValue().slice(optimizer.arena().offset(i), parameter.shape()).toDoubles(), tolerance,
            name + ": " + key);
        found++;
      }
    }
    assertEquals(state.size(), found, name + ": arrays of the state");
  }

  private static double norm(int step) {
    double squares = 0;
    for (JsonNode gradient : TABLE.get("gradients").get(step)) {
      for (double g : Reference.numbers(gradient)) {
        squares += g * g;
      }
    }
    return Math.sqrt(squares);
  }

  /** In float64 to the last digits, and on the processor to float32's. */
  private static void compare(String name, Function<ParameterArena, Optimizer> make, Clipping clipping) {
    // Clipping adds 1e-6 to the norm, as PyTorch does, which timm's Lamb does not.
    boolean timmsClipping = name.equals("lamb");
    try (Backend reference = new ReferenceBackend();
        Backend cpu = new CpuBackend(2)) {
      run(name, reference, make, clipping, timmsClipping ? 1e-6 : 1e-12);
      run(name, cpu, make, clipping, 5e-6);
    }
  }

  private static Function<ParameterArena, Optimizer> named(String name) {
    return arena -> Optimizers.of(name).over(arena, DECAY, parameter -> 1);
  }

  private static Function<ParameterArena, Optimizer> lamb(Lamb.Options options) {
    return arena -> new Lamb(arena, options);
  }

  @Test
  void adam() {
    compare("adamw", named("adamw"), null);
    compare("adam", named("adam"), null);
  }

  @Test
  void descent() {
    compare("momentum", named("momentum"), null);
    compare("nesterov", named("nesterov"), null);
    compare("nesterov", named("sgd"), null);
    compare(
        "sgd", arena -> Optimizers.SGD.over(arena, new Optimizers.Settings(0.1, 0), parameter -> 1), null);
  }

  @Test
  void lambIsTimms() {
    Lamb.Options plain = Lamb.Options.DEFAULT.withWeightDecay(0.1, false);
    Lamb.Options open = plain.withMaxGradNorm(0);
    compare("lamb", lamb(plain), null);
    compare("lamb", named("lamb"), null);
    compare("lamb without clipping", lamb(open), null);
    compare("lamb without clipping", lamb(plain), Clipping.none());
    compare(
        "lamb, trust clip", lamb(open.withAdaptation(new Lamb.Adaptation(true, true, true, false))), null);
    compare(
        "lamb, always adapt", lamb(open.withAdaptation(new Lamb.Adaptation(true, true, false, true))), null);
    compare(
        "lamb, no averaging, no correction",
        lamb(open.withAdaptation(new Lamb.Adaptation(false, false, false, false))), null);
    compare("lamb without decay", lamb(open.withWeightDecay(0, false)), null);
  }

  @Test
  void clipping() {
    Function<ParameterArena, Optimizer> sgd =
        arena -> new Sgd(arena, new Sgd.Options(0, false, 0.1, false));
    compare("clipped by norm", sgd, Clipping.norm(2));
    compare("clipped by value", sgd, Clipping.value(0.75));
    compare("clipped adaptively", sgd, Clipping.adaptive(0.3));
  }

  /** A rate's factor is a parameter group: the same as a run of its own with that rate. */
  @ParameterizedTest
  @EnumSource(Optimizers.class)
  void ratesDifferByParameter(Optimizers kind) {
    try (Backend backend = new ReferenceBackend()) {
      Optimizer factored =
          kind.over(arena(backend), DECAY, parameter -> parameter.path().startsWith("b") ? 0.25 : 1);
      Optimizer slow = kind.over(arena(backend), DECAY, parameter -> 1);
      Optimizer fast = kind.over(arena(backend), DECAY, parameter -> 1);
      for (int step = 0; step < 3; step++) {
        for (Optimizer optimizer : List.of(factored, slow, fast)) {
          gradients(optimizer.arena(), step);
          optimizer.step(optimizer == slow ? RATE * 0.25 : RATE);
        }
      }
      for (int i = 0; i < factored.arena().parameters().size(); i++) {
        Parameter parameter = factored.arena().parameters().get(i);
        Optimizer alone = parameter.path().startsWith("b") ? slow : fast;
        assertArrayEquals(
            alone.arena().parameters().get(i).value().toDoubles(), parameter.value().toDoubles(),
            parameter.path());
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Optimizers.class)
  void whatIsNotFiniteChangesNothing(Optimizers kind) {
    try (Backend backend = new CpuBackend(1)) {
      Optimizer optimizer = kind.over(arena(backend), DECAY, parameter -> 1);
      gradients(optimizer.arena(), 0);
      optimizer.step(RATE);
      double[] before = optimizer.arena().values().toDoubles();
      gradients(optimizer.arena(), 1);
      backend.memory().fill(optimizer.arena().gradients(), 1, Double.NaN);
      for (Clipping clipping : List.of(Clipping.none(), Clipping.adaptive(0.1), Clipping.value(1))) {
        assertFalse(optimizer.step(RATE, clipping).finite());
        assertArrayEquals(before, optimizer.arena().values().toDoubles());
        assertEquals(1, optimizer.steps());
        gradients(optimizer.arena(), 1);
        backend.memory().fill(optimizer.arena().gradients(), 1, Double.NaN);
      }
    }
  }

  @Test
  void namesAreTimms() {
    assertEquals(
        List.of("adamw", "adam", "sgd", "momentum", "nesterov", "lamb"),
        Arrays.stream(Optimizers.values()).map(Optimizers::label).toList());
    IllegalArgumentException error =
        assertThrows(IllegalArgumentException.class, () -> Optimizers.of("adamax"));
    assertEquals(
        "the optimizer is adamax, but must be adamw, adam, sgd, momentum, nesterov, lamb",
        error.getMessage());
  }

  /** timm's ModelEmaV3 over a weight that takes given values. */
  @Test
  void averages() {
    assertAverage("plain", WeightAverage.Options.of(0.9));
    assertAverage("after 2", new WeightAverage.Options(0.9, 0, 2, false, 1, 2 / 3.0));
    assertAverage("warming up", WeightAverage.Options.of(0.95).warmingUp());
    assertAverage("warming up from 0.5", new WeightAverage.Options(0.95, 0.5, 0, true, 1, 0.75));
  }

  private static void assertAverage(String name, WeightAverage.Options options) {
    JsonNode expected = TABLE.get("averages").get(name);
    long[] steps = {1, 2, 3, 10, 1000, 100000};
    for (int i = 0; i < steps.length; i++) {
      assertEquals(expected.get("decays").get(i).asDouble(), options.decay(steps[i]), 1e-15, name);
    }
    try (Backend backend = new ReferenceBackend()) {
      ParameterArena arena = arena(backend);
      WeightAverage average = new WeightAverage(arena, options);
      Parameter weight = arena.parameters().get(0);
      assertEquals("a.weight", weight.path());
      double[] first = weight.value().toDoubles();
      for (int step = 0; step < expected.get("average").size(); step++) {
        double[] moved = Reference.numbers(TABLE.get("gradients").get(step).get("a.weight"));
        for (int i = 0; i < moved.length; i++) {
          moved[i] += first[i];
        }
        backend.memory().upload(moved, 0, weight.value(), moved.length);
        average.update(step + 1);
        assertArrayEquals(
            Reference.numbers(expected.get("average").get(step)),
            average.values().slice(arena.offset(0), weight.shape()).toDoubles(), 1e-14, name + " " + step);
        try (WeightAverage.Swap swap = average.swapIn()) {
          assertArrayEquals(
              Reference.numbers(expected.get("average").get(step)), weight.value().toDoubles(), 1e-14);
          assertThrows(IllegalStateException.class, () -> average.update(9));
        }
        assertArrayEquals(moved, weight.value().toDoubles(), "the weights' bits are back");
      }
    }
  }

  /** More weights than change places at once. */
  @Test
  void largeAveragesChangePlacesInParts() {
    try (Backend backend = new CpuBackend(2)) {
      Parameter weight =
          new Parameter(
              Shape.of(1100, 1000),
              (values, seed, path) -> {
                for (int i = 0; i < values.length; i++) {
                  values[i] = i;
                }
              },
              true);
      weight.setPath("weight");
      ParameterArena arena = new ParameterArena(backend, List.of(weight), 0);
      WeightAverage average = new WeightAverage(arena, WeightAverage.Options.of(0.5));
      float[] first = weight.value().toFloats();
      backend.memory().fill(weight.value(), first.length, -1);
      try (WeightAverage.Swap swap = average.swapIn()) {
        assertArrayEquals(first, weight.value().toFloats());
      }
      for (float value : weight.value().toFloats()) {
        assertEquals(-1, value);
      }
      assertArrayEquals(first, average.values().slice(0, weight.shape()).toFloats());
    }
  }
}
