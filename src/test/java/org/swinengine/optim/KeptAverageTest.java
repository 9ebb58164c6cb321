package org.swinengine.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.DType;
import org.swinengine.backend.cpu.CpuBackend;
import org.swinengine.backend.cuda.CudaBackendsForTests;
import org.swinengine.ops.MultiplyOp;
import org.swinengine.ops.SumOp;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/** An average that an optimizer's steps keep up has the bits of one that is updated after them. */
class KeptAverageTest {
  private static final int STEPS = 4;

  /** Two stretches, since biases do not decay, of lengths that are no multiple of four. */
  private static ParameterArena arena(Backend backend) {
    Parameter weight = new Parameter(Shape.of(13, 7), KeptAverageTest::fill, true);
    weight.setPath("a.weight");
    Parameter bias = new Parameter(Shape.of(13), KeptAverageTest::fill, false);
    bias.setPath("a.bias");
    return new ParameterArena(backend, List.of(weight, bias), 0);
  }

  private static void fill(float[] values, long seed, String path) {
    for (int i = 0; i < values.length; i++) {
      values[i] = (i * 37 + path.length()) % 101 / 50f - 1;
    }
  }

  /** The average after some steps, of which the last is not finite. */
  private static float[] averaged(
      Backend backend, Function<ParameterArena, Optimizer> over, boolean isKept) {
    ParameterArena arena = arena(backend);
    Optimizer optimizer = over.apply(arena);
    WeightAverage average = new WeightAverage(arena, WeightAverage.Options.of(0.75).warmingUp());
    if (isKept) {
      average.keptBy(optimizer);
    }
    for (int step = 0; step <= STEPS; step++) {
      for (Parameter parameter : arena.parameters()) {
        float[] gradient = new float[Math.toIntExact(parameter.shape().elements())];
        fill(gradient, 0, "x".repeat(step));
        gradient[3] = step == STEPS ? Float.NaN : gradient[3];
        // The gradient of Σ p·g is g.
        Gradients.add(
            () -> {
              Tensor g = Tensor.emptyMaster(backend, parameter.shape());
              backend.memory().upload(gradient, 0, g, gradient.length);
              return SumOp.apply(MultiplyOp.apply(parameter, Variable.constant(g)));
            });
      }
      optimizer.step(0.01);
      average.update(optimizer);
    }
    float[] values = average.values().toFloats();
    for (float value : values) {
      assertFalse(Float.isNaN(value));
    }
    assertFalse(Arrays.equals(values, arena.values().slice(0, average.values().shape()).toFloats()));
    return values;
  }

  private static void assertSame(Backend backend) {
    List<Function<ParameterArena, Optimizer>> optimizers =
        List.of(
            Optimizers.adamW(0.05), Optimizers.sgd(0.9), Optimizers.sgd(0),
            arena -> new Lamb(arena, Lamb.Options.DEFAULT));
    for (Function<ParameterArena, Optimizer> optimizer : optimizers) {
      assertArrayEquals(averaged(backend, optimizer, false), averaged(backend, optimizer, true));
    }
  }

  @Test
  void onTheProcessor() {
    try (Backend backend = new CpuBackend(2)) {
      assertSame(backend);
    }
  }

  @Test
  @Tag("cuda")
  void onAGpu() {
    for (DType type : new DType[] {DType.FLOAT32, DType.BF16}) {
      try (Backend backend = CudaBackendsForTests.open(type)) {
        assertSame(backend);
      }
    }
  }

  @Test
  void anotherArenaIsRefused() {
    try (Backend backend = new CpuBackend(1)) {
      ParameterArena arena = arena(backend);
      Optimizer optimizer = Optimizers.adamW(0).apply(arena);
      WeightAverage other = new WeightAverage(arena(backend), WeightAverage.Options.of(0.5));
      assertThrows(IllegalStateException.class, () -> other.keptBy(optimizer));
      WeightAverage average = new WeightAverage(arena, WeightAverage.Options.of(0.5)).keptBy(optimizer);
      try (WeightAverage.Swap swap = average.swapIn()) {
        assertThrows(IllegalStateException.class, () -> optimizer.step(0.1));
      }
    }
  }

  /** An optimizer's kernel keeps one average; another is as good, a pass of its own. */
  @Test
  void anotherAverageOfTheSameOptimizerIsKeptToo() {
    try (Backend backend = new CpuBackend(1)) {
      ParameterArena arena = arena(backend);
      Optimizer optimizer = Optimizers.sgd(0).apply(arena);
      WeightAverage first = new WeightAverage(arena, WeightAverage.Options.of(0.5)).keptBy(optimizer);
      WeightAverage second = new WeightAverage(arena, WeightAverage.Options.of(0.5)).keptBy(optimizer);
      float[] before = first.values().toFloats();
      backend.memory().fill(arena.gradients(), arena.trainableSize(), 1);
      optimizer.step(0.1);
      first.update(optimizer);
      second.update(optimizer);
      assertFalse(Arrays.equals(before, first.values().toFloats()));
      assertArrayEquals(first.values().toFloats(), second.values().toFloats());
      assertThrows(IllegalStateException.class, () -> first.update(1), "its steps would count twice");
    }
  }

  /** With a decay of 0 nothing is left of what was there, be it ever so much larger. */
  @Test
  void withoutDecayItIsACopy() {
    try (Backend backend = new CpuBackend(1)) {
      assertACopy(backend);
    }
  }

  @Test
  @Tag("cuda")
  void withoutDecayItIsACopyOnAGpu() {
    try (Backend backend = CudaBackendsForTests.open(DType.FLOAT32)) {
      assertACopy(backend);
    }
  }

  private static void assertACopy(Backend backend) {
    Tensor weights = Tensor.emptyMaster(backend, Shape.of(5));
    Tensor average = Tensor.emptyMaster(backend, Shape.of(5));
    backend.memory().fill(weights, 5, 1e-9);
    backend.memory().fill(average, 5, 1);
    backend.optimizer().movingAverage(5, 0, null, weights, average);
    assertArrayEquals(weights.toFloats(), average.toFloats());
  }
}
