package org.swinengine.fit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.backend.DType;
import org.swinengine.backend.Later;
import org.swinengine.backend.UnaryFunction;
import org.swinengine.backend.cuda.CudaBackendsForTests;
import org.swinengine.nn.Activation;
import org.swinengine.nn.ForwardMode;
import org.swinengine.nn.Linear;
import org.swinengine.nn.Sequential;
import org.swinengine.ops.AddOp;
import org.swinengine.ops.CrossEntropyOp;
import org.swinengine.optim.Optimizer;
import org.swinengine.optim.Optimizers;
import org.swinengine.optim.Schedule;
import org.swinengine.optim.WeightAverage;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/**
 * Steps whose numbers are looked at when the next one has been asked for, on the emulated GPU, where the
 * numbers come as late as they may: sums, weights and what is said of a divergence are those of waiting.
 */
@Tag("cuda")
final class LateStepsTest {
  private static final int BATCH = 4;
  private static final int BAD = 5;

  private static Sequential net() {
    return new Sequential(
        new Linear(3, 8, true), new Activation(UnaryFunction.GELU), new Linear(8, 2, true));
  }

  @AfterEach
  void reset() {
    CudaBackendsForTests.schedule(0);
  }

  private static Backend open(int schedule) {
    Backend backend = CudaBackendsForTests.open(DType.FLOAT32);
    CudaBackendsForTests.schedule(CudaBackendsForTests.schedules()[schedule % 2]);
    return backend;
  }

  /** What makes a batch bad. */
  private enum Fault {
    NONE, INPUT, LOSS
  }

  private record Numbers(int perEpoch) implements Batches<Integer> {
    @Override
    public Integer get(int epoch, int number) {
      return number;
    }

    @Override
    public int samples(Integer number) {
      return BATCH;
    }
  }

  /** The loss of a batch by its number; an infinite one has the gradients of a finite one. */
  private static Variable loss(Sequential net, Backend backend, int number, Fault fault) {
    float[] inputs = new float[3 * BATCH];
    for (int i = 0; i < inputs.length; i++) {
      inputs[i] = ((i + 1) * 37 + number * 11) % 101 / 50f - 1;
    }
    boolean isBad = number == BAD;
    inputs[7] = isBad && fault == Fault.INPUT ? Float.NaN : inputs[7];
    Variable x = Variable.constant(Tensor.of(backend, Shape.of(BATCH, 3), inputs));
    Tensor labels = Tensor.ofInts(backend, Shape.of(BATCH), 0, 1, 1, 0);
    Variable loss = CrossEntropyOp.apply(net.forward(x, ForwardMode.EVALUATION), labels, 0.1);
    if (!isBad || fault != Fault.LOSS) {
      return loss;
    }
    Tensor infinite = Tensor.emptyLike(loss.value()).fill(Double.POSITIVE_INFINITY);
    return AddOp.apply(loss, Variable.constant(infinite));
  }

  private static Fit.Result fit(Sequential net, Backend backend, int perEpoch, int parts, Fault fault)
      throws IOException {
    return Fit.of(net, backend).epochs(2).accumulate(parts).schedule(steps -> Schedule.constant(0.05)).seed(3)
        .average(WeightAverage.Options.of(0.5))
        .run(new Numbers(perEpoch), null, (number, mode) -> loss(net, backend, number, fault));
  }

  private static double[] weights(Sequential net) {
    return net.parameters().stream().flatMapToDouble(p -> Arrays.stream(p.value().toDoubles()))
        .toArray();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void sumsAreThoseOfWaitingForEachStep(int parts) throws IOException {
    Sequential waiting = net();
    double losses = 0;
    double norms = 0;
    double[] expected;
    try (Backend backend = open(parts)) {
      Optimizer optimizer =
          Optimizers.adamW(0.05).apply(ParameterArena.keepingValues(backend, waiting.parameters(), 3));
      Step step = new Step(optimizer, parts);
      for (int i = 0; i < 8; i += parts) {
        double loss = 0;
        for (int part = 0; part < parts; part++) {
          int number = i + part;
          loss +=
              step.accumulateWeighted(() -> loss(waiting, backend, number, Fault.NONE), BATCH).get() / parts;
        }
        Optimizer.StepResult result = step.update(0.05).get();
        losses += loss;
        norms += result.gradientNorm();
      }
      expected = weights(waiting);
    }
    Sequential late = net();
    try (Backend backend = open(parts)) {
      Fit.Epoch first = Fit.of(late, backend).epochs(1).accumulate(parts).seed(3)
          .schedule(steps -> Schedule.constant(0.05))
          .run(new Numbers(8), null, (number, mode) -> loss(late, backend, number, Fault.NONE)).last();
      assertEquals(losses / (8 / parts), first.trainLoss());
      assertEquals(norms / (8 / parts), first.gradientNorm());
      assertEquals(8 / parts, first.steps());
      assertArrayEquals(expected, weights(late));
    }
  }

  /** One more good step has been asked for, or the bad one is the last of its epoch. */
  @ParameterizedTest
  @EnumSource(value = Fault.class, names = "NONE", mode = EnumSource.Mode.EXCLUDE)
  void aBadStepIsToldAsTheProcessorTellsItAndNothingChanges(Fault fault) throws IOException {
    for (int perEpoch : new int[] {BAD + 1, BAD + 3}) {
      Sequential onCpu = net();
      Sequential onGpu = net();
      Sequential stopped = net();
      String expected;
      try (Backend cpu = Backends.open("cpu", 1)) {
        expected = assertThrows(
            TrainingDivergedException.class, () -> fit(onCpu, cpu, perEpoch, 1, fault)).getMessage();
      }
      try (Backend backend = open(perEpoch)) {
        TrainingDivergedException diverged = assertThrows(
            TrainingDivergedException.class, () -> fit(onGpu, backend, perEpoch, 1, fault));
        assertEquals(expected, diverged.getMessage());
        assertEquals(BAD + 1, diverged.step());
        Fit.of(stopped, backend).epochs(1).schedule(steps -> Schedule.constant(0.05)).seed(3)
            .run(new Numbers(BAD), null, (number, mode) -> loss(stopped, backend, number, fault));
        assertArrayEquals(weights(stopped), weights(onGpu), "the weights of the last good step");
      }
    }
  }

  @Test
  void aBadPartMakesTheWholeStepBad() {
    Sequential net = net();
    try (Backend backend = open(1)) {
      TrainingDivergedException diverged =
          assertThrows(TrainingDivergedException.class, () -> fit(net, backend, 8, 2, Fault.LOSS));
      assertEquals(BAD / 2 + 1, diverged.step());
    }
  }

  /** The second step is good by itself, and was begun before anybody knew of the first. */
  @ParameterizedTest
  @EnumSource(Optimizers.class)
  void afterABadStepNothingChangesUntilItIsKnown(Optimizers kind) {
    Sequential net = net();
    Sequential fresh = net();
    try (Backend backend = open(0)) {
      ParameterArena arena = new ParameterArena(backend, net.parameters(), 3);
      Optimizer optimizer = kind.over(arena, new Optimizers.Settings(0.05), parameter -> 1);
      WeightAverage average = new WeightAverage(arena, WeightAverage.Options.of(0.5));
      Step step = new Step(optimizer, 1);
      double[] before = arena.values().toDoubles();
      step.accumulate(() -> loss(net, backend, BAD, Fault.LOSS));
      Later<Optimizer.StepResult> bad = step.update(0.1);
      average.update(optimizer);
      step.accumulate(() -> loss(net, backend, 0, Fault.NONE));
      Later<Optimizer.StepResult> next = step.update(0.1);
      average.update(optimizer);
      assertEquals(2, optimizer.steps(), "steps count when they are begun");
      assertFalse(bad.isThere());
      assertFalse(bad.get().finite());
      assertFalse(next.get().finite());
      assertEquals(0, optimizer.steps());
      assertArrayEquals(before, arena.values().toDoubles());
      assertArrayEquals(before, average.values().toDoubles());
      for (Map.Entry<String, Tensor> state : optimizer.state().entrySet()) {
        assertArrayEquals(new double[before.length], state.getValue().toDoubles(), state.getKey());
      }
      step.accumulate(() -> loss(net, backend, 0, Fault.NONE));
      assertTrue(step.update(0.1).get().finite(), "from now on steps count again");
      assertEquals(1, optimizer.steps());

      Optimizer first = kind.over(
          new ParameterArena(backend, fresh.parameters(), 3), new Optimizers.Settings(0.05), parameter -> 1);
      Step alone = new Step(first, 1);
      alone.accumulate(() -> loss(fresh, backend, 0, Fault.NONE));
      assertTrue(alone.update(0.1).get().finite());
      assertArrayEquals(weights(fresh), weights(net));
    }
  }

  /** A bad step and the one behind it are lost, and no more. */
  @Test
  void whoNeverAsksGoesOnAfterABadStep() {
    Sequential net = net();
    Sequential good = net();
    try (Backend backend = open(0)) {
      Step step = new Step(Optimizers.adamW(0.05).apply(new ParameterArena(backend, net.parameters(), 3)), 1);
      Optimizer plain = Optimizers.adamW(0.05).apply(new ParameterArena(backend, good.parameters(), 3));
      Step alone = new Step(plain, 1);
      for (int number = BAD - 1; number < BAD + 5; number++) {
        int batch = number;
        step.accumulate(() -> loss(net, backend, batch, Fault.LOSS));
        step.update(0.1);
        if (number != BAD && number != BAD + 1) {
          alone.accumulate(() -> loss(good, backend, batch, Fault.NONE));
          assertTrue(alone.update(0.1).get().finite());
        }
      }
      assertArrayEquals(weights(good), weights(net));
    }
  }
}
