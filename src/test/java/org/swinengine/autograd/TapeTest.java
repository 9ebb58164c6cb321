package org.swinengine.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.swinengine.backend.Backend;
import org.swinengine.backend.UnaryFunction;
import org.swinengine.backend.reference.ReferenceBackend;
import org.swinengine.ops.AddOp;
import org.swinengine.ops.LinearOp;
import org.swinengine.ops.MultiplyOp;
import org.swinengine.ops.ReshapeOp;
import org.swinengine.ops.ScaleOp;
import org.swinengine.ops.SumOp;
import org.swinengine.ops.UnaryOp;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.ShapeException;
import org.swinengine.tensor.Tensor;

class TapeTest {
  private final Backend backend = new ReferenceBackend();

  private Variable leaf(double... values) {
    return Variable.leaf(Tensor.of(backend, Shape.of(values.length), values));
  }

  private Parameter parameter(String path, Shape shape, float value, boolean trainable) {
    Parameter parameter = new Parameter(shape, (values, seed, name) -> Arrays.fill(values, value), true);
    parameter.setPath(path);
    parameter.setTrainable(trainable);
    new ParameterArena(backend, List.of(parameter), 0);
    return parameter;
  }

  private long live() {
    return backend.memory().statistics().liveBytes();
  }

  private static void assertGradient(Variable variable, double... expected) {
    assertArrayEquals(expected, variable.gradient().toDoubles(), 1e-12);
  }

  @Test
  void aValueUsedManyTimesCollectsAllGradients() {
    Variable x = leaf(2, 3);
    try (Tape tape = Tape.open()) {
      // x² + 3x + x, and x through a reshape: 2x + 3 + 1 + 1
      Variable square = MultiplyOp.apply(x, x);
      Variable sum = AddOp.apply(AddOp.apply(square, ScaleOp.apply(x, 3)), x);
      Variable all = AddOp.apply(sum, ReshapeOp.apply(x, Shape.of(2)));
      tape.backward(SumOp.apply(all));
    }
    assertGradient(x, 9, 11);
  }

  @Test
  void aGradientPassedToTwoIsNotShared() {
    Variable a = leaf(1, 2);
    Variable b = leaf(3, 4);
    try (Tape tape = Tape.open()) {
      // Both get the sum's gradient as it is; then a alone gets more.
      Variable twice = ScaleOp.apply(a, 2);
      Variable sum = AddOp.apply(a, b);
      tape.backward(SumOp.apply(AddOp.apply(sum, twice)));
    }
    assertGradient(a, 3, 3);
    assertGradient(b, 1, 1);
  }

  @Test
  void gradientsAddUpUntilTheyAreCleared() {
    Variable x = leaf(1, 2);
    Parameter weight = parameter("weight", Shape.of(1, 2), 0.5f, true);
    for (int pass = 1; pass <= 3; pass++) {
      if (pass == 3) {
        x.clearGradient();
        weight.clearGradient();
        assertNull(x.gradient());
        assertFalse(weight.hasGradient());
      }
      try (Tape tape = Tape.open()) {
        tape.backward(SumOp.apply(LinearOp.apply(ReshapeOp.apply(x, Shape.of(1, 2)), weight, null)));
      }
      double times = pass == 3 ? 1 : pass;
      assertGradient(x, 0.5 * times, 0.5 * times);
      assertGradient(weight, times, 2 * times);
    }
  }

  @Test
  void detachCutsTheTape() {
    Variable x = leaf(2, 3);
    try (Tape tape = Tape.open()) {
      Variable y = MultiplyOp.apply(x, MultiplyOp.apply(x, x).detach());
      tape.backward(SumOp.apply(y));
    }
    assertGradient(x, 4, 9);
  }

  @Test
  void aPauseRecordsNothing() {
    Variable x = leaf(2, 3);
    try (Tape tape = Tape.open()) {
      Variable factor;
      try (Tape.Pause pause = Tape.pause()) {
        assertFalse(Tape.records(x));
        factor = MultiplyOp.apply(x, x);
        assertFalse(factor.requiresGradient());
      }
      assertTrue(Tape.records(x));
      tape.backward(SumOp.apply(MultiplyOp.apply(x, factor)));
    }
    assertGradient(x, 4, 9);
    assertFalse(Tape.records(x));
  }

  @Test
  void aFrozenParameterGetsNoGradient() {
    Variable x = Variable.leaf(Tensor.of(backend, Shape.of(1, 2), 1.0, 2.0));
    Parameter weight = parameter("weight", Shape.of(1, 2), 0.5f, false);
    Parameter bias = parameter("bias", Shape.of(1), 0, true);
    try (Tape tape = Tape.open()) {
      tape.backward(SumOp.apply(LinearOp.apply(x, weight, bias)));
    }
    assertNull(weight.gradient());
    assertGradient(bias, 1);
    assertGradient(x, 0.5, 0.5);
  }

  @Test
  void savedMemoryGoesBackOperationByOperation() {
    Variable x = leaf(new double[1000]);
    long before = live();
    long peakOfBackward;
    try (Scope scope = Scope.open();
        Tape tape = Tape.open()) {
      Variable loss;
      try (Scope inner = Scope.open()) {
        Variable y = x;
        for (int i = 0; i < 20; i++) {
          y = UnaryOp.apply(UnaryFunction.GELU, y);
        }
        loss = SumOp.apply(y);
        inner.keep(loss.value());
      }
      // x, which is not the tape's alone, and the results of all GELUs but the last.
      assertEquals(20 * 8000, tape.savedBytes());
      assertEquals(before + 19 * 8000 + 8, live(), "what the tape saved and the loss");
      backend.memory().resetPeak();
      tape.backward(loss);
      peakOfBackward = backend.memory().statistics().peakBytes();
      assertEquals(0, tape.savedBytes());
      assertEquals(before + 8000 + 8, live(), "the leaf's gradient and the loss");
    }
    // Never more than two gradients of the chain live beside what is still saved.
    long peak = peakOfBackward - before;
    assertTrue(peak <= (19 + 2) * 8000 + 100, () -> "peak of backward: " + peak);
    x.clearGradient();
    assertEquals(before, live());
  }

  @Test
  void aTapeRunsOnce() {
    Variable x = leaf(1, 2);
    try (Tape tape = Tape.open()) {
      Variable loss = SumOp.apply(x);
      tape.backward(loss);
      IllegalStateException error = assertThrows(IllegalStateException.class, () -> tape.backward(loss));
      assertTrue(error.getMessage().contains("this tape has run already"), error.getMessage());
    }
    assertGradient(x, 1, 1);
  }

  @Test
  void whatCannotBeDifferentiatedIsRefused() {
    Variable x = leaf(1, 2);
    Variable outside = SumOp.apply(x);
    try (Tape tape = Tape.open()) {
      assertThrows(IllegalStateException.class, () -> tape.backward(outside));
      assertThrows(ShapeException.class, () -> tape.backward(ScaleOp.apply(x, 2)));
    }
  }

  @Test
  void tapesAndScopesCloseInOrder() {
    Tape outer = Tape.open();
    Tape inner = Tape.open();
    assertThrows(IllegalStateException.class, outer::close);
    inner.close();
    inner.close();
    outer.close();
    Scope first = Scope.open();
    Scope second = Scope.open();
    assertThrows(IllegalStateException.class, first::close);
    second.close();
    first.close();
  }

  @Test
  void aVerifyingTapeNamesTheOperationThatFirstGaveABadNumber() {
    Parameter weight = parameter("blocks.3.mlp.fc1.weight", Shape.of(2, 1), 1e30f, true);
    Variable x = Variable.leaf(Tensor.of(backend, Shape.of(1, 1), 1e300));
    long before = live();
    try (Scope scope = Scope.open();
        Tape tape = Tape.openVerifying()) {
      Variable fine = ScaleOp.apply(x, 1);
      NonFiniteException error =
          assertThrows(NonFiniteException.class, () -> LinearOp.apply(fine, weight, null));
      assertEquals(
          "the result of linear at blocks.3.mlp.fc1.weight [1, 2] holds Infinity", error.getMessage());
    }
    assertEquals(before, live());
  }

  @Test
  void aVerifyingTapeNamesTheOperationWhoseGradientIsBad() {
    Parameter weight = parameter("patch_embed.weight", Shape.of(1, 1), 1, true);
    Variable x = Variable.leaf(Tensor.of(backend, Shape.of(1, 1), 1e-300));
    long before = live();
    try (Scope scope = Scope.open();
        Tape tape = Tape.openVerifying()) {
      Variable embedded = LinearOp.apply(x, weight, null);
      // The value is 1e100, but its derivative by the embedding is 1e400.
      Variable loss = ScaleOp.apply(ScaleOp.apply(embedded, 1e200), 1e200);
      NonFiniteException error = assertThrows(NonFiniteException.class, () -> tape.backward(loss));
      assertEquals(
          "the gradient at the result of linear at patch_embed.weight [1, 1] holds Infinity",
          error.getMessage());
    }
    assertEquals(before, live(), "an abandoned pass gives its gradients back");
  }

  @Test
  void anArenaCompletesGradientsThatNothingReached() {
    Parameter used = new Parameter(Shape.of(1, 2), (values, seed, name) -> Arrays.fill(values, 1), true);
    Parameter unused = new Parameter(Shape.of(3), (values, seed, name) -> Arrays.fill(values, 1), false);
    used.setPath("used");
    unused.setPath("unused");
    ParameterArena arena = new ParameterArena(backend, List.of(used, unused), 0);
    Variable x = Variable.constant(Tensor.of(backend, Shape.of(1, 2), 5.0, 6.0));
    try (Tape tape = Tape.open()) {
      tape.backward(SumOp.apply(LinearOp.apply(x, used, null)));
    }
    assertFalse(unused.hasGradient());
    arena.completeGradients();
    assertNotNull(unused.gradient());
    assertGradient(unused, 0, 0, 0);
    assertGradient(used, 5, 6);
    assertEquals(16, arena.offset(1));
    assertEquals(16, arena.decayingSize());
    assertEquals(32, arena.trainableSize());
  }
}
