package org.swinengine.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.UnaryFunction;
import org.swinengine.backend.cpu.CpuBackend;
import org.swinengine.fit.OptimizerState;
import org.swinengine.models.ModuleWeights;
import org.swinengine.nn.Activation;
import org.swinengine.nn.ForwardMode;
import org.swinengine.nn.Linear;
import org.swinengine.nn.Sequential;
import org.swinengine.ops.CrossEntropyOp;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;
import org.swinengine.weights.ArrayData;
import org.swinengine.weights.StateDict;

/**
 * Gradual unfreezing: the head alone for some steps, then all parameters, with rates of their own; the same
 * bits where the run is interrupted at the boundary or after it.
 */
class UnfreezingTest {
  private static final int HEAD_STEPS = 4;
  private static final int ALL_STEPS = 5;

  /** A run with all that it remembers. */
  private static final class Run {
    final Backend backend;
    final Sequential net = new Sequential(
        new Linear(6, 17, true), new Activation(UnaryFunction.GELU), new Linear(17, 3, true));
    Optimizer optimizer;
    WeightAverage average;

    Run(Backend backend, Optimizers kind, Predicate<Parameter> trained) {
      this.backend = backend;
      net.parameters().forEach(parameter -> parameter.setTrainable(trained.test(parameter)));
      ParameterArena arena = new ParameterArena(backend, net.parameters(), 3);
      optimizer =
          kind.over(arena, new Optimizers.Settings(0.05), parameter -> isHead(parameter) ? 1 : 0.25);
      average = new WeightAverage(arena, WeightAverage.Options.of(0.8));
    }

    void steps(int number) {
      for (int i = 0; i < number; i++) {
        float[] numbers = new float[8 * 6];
        for (int j = 0; j < numbers.length; j++) {
          numbers[j] = ((j + 1) * 37 + optimizer.steps() * 11) % 101 / 50f - 1;
        }
        Gradients.add(
            () -> {
              Tensor x = Tensor.empty(backend, Shape.of(8, 6));
              backend.memory().upload(numbers, 0, x, numbers.length);
              Variable logits = net.forward(Variable.constant(x), ForwardMode.EVALUATION);
              Tensor labels = Tensor.ofInts(backend, Shape.of(8), 0, 1, 2, 0, 1, 2, 0, 1);
              return CrossEntropyOp.apply(logits, labels, 0.1);
            });
        assertTrue(optimizer.step(0.02, Clipping.norm(0.5)).finite());
        average.update(optimizer.steps());
      }
    }

    void unfreeze() {
      ParameterArena all = optimizer.arena().training(parameter -> true);
      optimizer.moveTo(all);
      average.moveTo(all);
    }

    StateDict save() {
      StateDict.Builder dict = StateDict.builder();
      ModuleWeights.of(net).arrays().forEach(dict::put);
      OptimizerState.put(dict, optimizer);
      OptimizerState.put(dict, average);
      StateDict.Builder copied = StateDict.builder();
      dict.build().arrays().forEach((name, array) -> copied.put(name, copy(array)));
      return copied.build();
    }

    void load(StateDict dict, long steps) {
      OptimizerState.require(dict, optimizer, "a file");
      OptimizerState.require(dict, average, "a file");
      net.parameters().forEach(
          parameter -> {
            ModuleWeights.upload(dict.get(parameter.path()), parameter.value());
            parameter.touch();
          });
      OptimizerState.restore(dict, optimizer, steps);
      OptimizerState.restore(dict, average);
    }
  }

  /** The numbers as they are now: arrays of a device are read when they are written. */
  private static ArrayData copy(ArrayData array) {
    return array.type().isIntegral()
        ? ArrayData.ofLongs(array.shape(), array.toLongs())
        : ArrayData.ofFloats(array.shape(), array.toFloats());
  }

  private static boolean isHead(Parameter parameter) {
    return parameter.path().startsWith("2.");
  }

  private static void assertSame(StateDict expected, StateDict actual) {
    assertEquals(expected.names(), actual.names());
    expected.arrays().forEach(
        (name, array) -> assertArrayEquals(array.toDoubles(), actual.get(name).toDoubles(), name));
  }

  @ParameterizedTest
  @EnumSource(Optimizers.class)
  void interruptedRunsHaveTheSameBits(Optimizers kind) {
    try (Backend backend = new CpuBackend(2)) {
      Run whole = new Run(backend, kind, UnfreezingTest::isHead);
      whole.steps(HEAD_STEPS);
      final StateDict atTheBoundary = whole.save();
      whole.unfreeze();
      whole.steps(2);
      final StateDict later = whole.save();
      whole.steps(ALL_STEPS - 2);
      StateDict end = whole.save();

      Run fromTheBoundary = new Run(backend, kind, UnfreezingTest::isHead);
      fromTheBoundary.load(atTheBoundary, HEAD_STEPS);
      fromTheBoundary.unfreeze();
      fromTheBoundary.steps(ALL_STEPS);
      assertSame(end, fromTheBoundary.save());

      Run fromLater = new Run(backend, kind, parameter -> true);
      fromLater.load(later, HEAD_STEPS + 2);
      fromLater.steps(ALL_STEPS - 2);
      assertSame(end, fromLater.save());
    }
  }

  /** Where the trained parameters stay, nothing changes by moving. */
  @Test
  void movingToTheSameChangesNothing() {
    try (Backend backend = new CpuBackend(1)) {
      Run plain = new Run(backend, Optimizers.ADAMW, parameter -> true);
      Run moved = new Run(backend, Optimizers.ADAMW, parameter -> true);
      plain.steps(3);
      moved.steps(3);
      moved.unfreeze();
      plain.steps(3);
      moved.steps(3);
      assertSame(plain.save(), moved.save());
    }
  }

  /** The layout of gradients, over which the norm is summed, is that of a model that was never frozen. */
  @Test
  void theLayoutIsThatOfAFreshArena() {
    try (Backend backend = new CpuBackend(1)) {
      Run run = new Run(backend, Optimizers.ADAMW, UnfreezingTest::isHead);
      run.unfreeze();
      Run fresh = new Run(backend, Optimizers.ADAMW, parameter -> true);
      assertEquals(
          fresh.optimizer.arena().parameters().stream().map(Parameter::path).toList(),
          run.optimizer.arena().parameters().stream().map(Parameter::path).toList());
      assertArrayEquals(
          fresh.optimizer.arena().values().toDoubles(), run.optimizer.arena().values().toDoubles());
    }
  }

  /**
   * A parameter that joins begins as PyTorch's does, with a step number of its own: its first AdamW step has
   * the length of the rate, which it would not have with the optimizer's number and empty moments.
   */
  @Test
  void whoJoinsBeginsAnew() {
    try (Backend backend = new CpuBackend(1)) {
      Run run = new Run(backend, Optimizers.ADAM, UnfreezingTest::isHead);
      run.steps(HEAD_STEPS);
      Parameter joining = run.net.parameters().get(0);
      assertEquals("0.weight", joining.path());
      double[] before = joining.value().toDoubles();
      assertEquals(null, joining.gradient());
      run.unfreeze();
      assertArrayEquals(before, joining.value().toDoubles());
      assertEquals(0, run.optimizer.steps(joining));
      run.steps(1);
      assertEquals(1, run.optimizer.steps(joining));
      assertEquals(HEAD_STEPS + 1, run.optimizer.steps());
      assertEquals(HEAD_STEPS + 1, run.optimizer.steps(run.net.parameters().get(2)));
      double[] after = joining.value().toDoubles();
      int whole = 0;
      for (int i = 0; i < after.length; i++) {
        whole += Math.abs(Math.abs(after[i] - before[i]) - 0.02 * 0.25) < 1e-5 ? 1 : 0;
      }
      assertTrue(whole > after.length * 0.9, whole + " of " + after.length);
    }
  }

  /** Freezing again takes gradients away and leaves the values. */
  @Test
  void freezingAgain() {
    try (Backend backend = new CpuBackend(1)) {
      Run run = new Run(backend, Optimizers.NESTEROV, parameter -> true);
      run.steps(2);
      ParameterArena head = run.optimizer.arena().training(UnfreezingTest::isHead);
      run.optimizer.moveTo(head);
      run.average.moveTo(head);
      Parameter frozen = run.net.parameters().get(0);
      assertFalse(frozen.isTrainable());
      double[] before = frozen.value().toDoubles();
      run.steps(2);
      assertArrayEquals(before, frozen.value().toDoubles());
      assertEquals(2, head.trainedCount());
      assertThrows(IllegalArgumentException.class, () -> head.training(parameter -> false));
      for (Map.Entry<String, Tensor> state : run.optimizer.state().entrySet()) {
        assertEquals(head.gradients().shape(), state.getValue().shape(), state.getKey());
      }
    }
  }
}
