package org.swinengine.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.swinengine.backend.Backend;
import org.swinengine.backend.cpu.CpuBackend;
import org.swinengine.backend.reference.ReferenceBackend;
import org.swinengine.ops.LinearOp;
import org.swinengine.ops.MultiplyOp;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

class GradientCheckTest {
  private final Backend backend = new ReferenceBackend();
  private final Tensor x = Tensor.of(backend, Shape.of(2, 2), 0.5, -1, 2, 3);

  /** x², whose gradient is said to be factor·x·dy. */
  private static Variable square(Variable x, double factor) {
    Tensor y = MultiplyOp.apply(x.detach(), x.detach()).value();
    if (!Tape.records(x)) {
      return Variable.constant(y);
    }
    return Tape.record(
        "square",
        "",
        y,
        new Tensor[] {x.value()},
        flow -> flow.compute(
            x,
            dx -> {
              x.backend().pointwise().multiply(dx.elements(), flow.output(), x.value(), dx);
              x.backend().pointwise().scale(dx.elements(), factor, dx, dx);
            }));
  }

  @Test
  void aRightGradientPasses() {
    GradientCheck.Report report = GradientCheck.of(in -> square(in.get(0), 2)).inputs(x).run();
    assertTrue(report.maximumRelativeError() < 1e-11, report::toString);
    assertEquals(4, report.checked());
  }

  @Test
  void aWrongGradientIsFoundAndNamed() {
    GradientCheck.Report half = GradientCheck.of(in -> square(in.get(0), 1)).inputs(x).run();
    assertEquals(0.5, half.maximumRelativeError(), 1e-9);
    GradientCheck.Report slightly = GradientCheck.of(in -> square(in.get(0), 2.00001)).inputs(x).run();
    assertEquals(5e-6, slightly.maximumRelativeError(), 1e-8);
    GradientCheck.Report nan = GradientCheck.of(in -> square(in.get(0), Double.NaN)).inputs(x).run();
    assertTrue(Double.isNaN(nan.maximumRelativeError()), nan::toString);
    GradientCheck.Report none = GradientCheck.of(in -> MultiplyOp.apply(in.get(0), in.get(1).detach()))
        .inputs(x, x)
        .run();
    assertEquals(1, none.maximumRelativeError(), 1e-9);
    assertTrue(none.where().startsWith("input 1["), none.where());
  }

  @Test
  void parametersAreRestored() {
    Parameter weight =
        new Parameter(Shape.of(3, 2), (values, seed, name) -> Arrays.fill(values, 0.1f), true);
    weight.setPath("head.weight");
    new ParameterArena(backend, List.of(weight), 0);
    double[] before = weight.value().toDoubles();
    double[] result = LinearOp.apply(Variable.constant(x), weight, null).value().toDoubles();
    GradientCheck.Report report =
        GradientCheck.of(in -> LinearOp.apply(Variable.constant(x), weight, null))
            .parameters(List.of(weight))
            .atMost(4, 1)
            .run();
    assertTrue(report.maximumRelativeError() < 1e-11, report::toString);
    assertEquals(4, report.checked());
    assertTrue(report.where().startsWith("head.weight["), report.where());
    assertArrayEquals(before, weight.value().toDoubles());
    assertArrayEquals(result, LinearOp.apply(Variable.constant(x), weight, null).value().toDoubles());
    assertFalse(weight.hasGradient());
  }

  @Test
  void memoryGoesBack() {
    long before = backend.memory().statistics().liveBytes();
    GradientCheck.of(in -> MultiplyOp.apply(in.get(0), in.get(0))).inputs(x).run();
    assertEquals(before, backend.memory().statistics().liveBytes());
  }

  @Test
  void float32IsRefused() {
    try (Backend cpu = new CpuBackend(1)) {
      Tensor single = Tensor.of(cpu, Shape.of(1), 1f);
      IllegalArgumentException error =
          assertThrows(
              IllegalArgumentException.class,
              () -> GradientCheck.of(in -> in.get(0)).inputs(single).run());
      assertTrue(error.getMessage().contains("use the reference backend"), error.getMessage());
    }
    assertThrows(
        IllegalArgumentException.class, () -> GradientCheck.of(in -> Variable.constant(x)).run());
  }
}
