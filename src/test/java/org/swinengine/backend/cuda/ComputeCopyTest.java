package org.swinengine.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.DType;
import org.swinengine.backend.UnaryFunction;
import org.swinengine.backend.cpu.CpuBackend;
import org.swinengine.models.ModuleWeights;
import org.swinengine.nn.Activation;
import org.swinengine.nn.ForwardMode;
import org.swinengine.nn.Linear;
import org.swinengine.nn.Sequential;
import org.swinengine.ops.CrossEntropyOp;
import org.swinengine.optim.Clipping;
import org.swinengine.optim.Gradients;
import org.swinengine.optim.Optimizer;
import org.swinengine.optim.Optimizers;
import org.swinengine.optim.WeightAverage;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;
import org.swinengine.weights.ArrayData;
import org.swinengine.weights.StateDict;

/** What products read in half precision is the master, rounded to the nearest even, whoever changed that. */
@Tag("cuda")
final class ComputeCopyTest {
  private Backend backend;
  private final Sequential net =
      new Sequential(new Linear(6, 17, true), new Activation(UnaryFunction.GELU), new Linear(17, 3, true));

  @BeforeEach
  void open() {
    backend = CudaBackendsForTests.open(DType.BF16);
  }

  @AfterEach
  void close() {
    if (backend != null) {
      backend.close();
    }
  }

  private ParameterArena arena() {
    return new ParameterArena(backend, net.parameters(), 3);
  }

  private void gradients(float size) {
    float[] numbers = new float[8 * 6];
    for (int j = 0; j < numbers.length; j++) {
      numbers[j] = size * ((j + 1) * 37 % 101 / 50f - 1);
    }
    Gradients.add(() -> {
      Tensor x = Tensor.of(backend, Shape.of(8, 6), numbers);
      Tensor labels = Tensor.ofInts(backend, Shape.of(8), 0, 1, 2, 0, 1, 2, 0, 1);
      return CrossEntropyOp.apply(net.forward(Variable.constant(x), ForwardMode.EVALUATION), labels, 0.1);
    });
  }

  private static short[] rounded(Tensor values) {
    float[] numbers = values.toFloats();
    short[] rounded = new short[numbers.length];
    for (int i = 0; i < rounded.length; i++) {
      rounded[i] = BrainFloat.of(numbers[i]);
    }
    return rounded;
  }

  /** The copy when the next product asks for a weight. */
  private short[] copy(ParameterArena arena) {
    net.parameters().get(0).prepared();
    return rounded(Objects.requireNonNull(arena.computeCopy()));
  }

  private void assertCurrent(ParameterArena arena) {
    assertArrayEquals(rounded(arena.values()), copy(arena));
  }

  /** Kernels that convert, while some work is done and a forward pass after it. */
  private long conversions(Runnable work) {
    return RecordedCalls.of(() -> {
      work.run();
      gradients(1);
    }).stream().filter(call -> call.kernel().startsWith("convertRows")).count();
  }

  @ParameterizedTest
  @EnumSource(Optimizers.class)
  void stepsWriteIt(Optimizers kind) {
    ParameterArena arena = arena();
    assertCurrent(arena);
    short[] first = copy(arena);
    Optimizer optimizer = kind.over(arena, new Optimizers.Settings(0.05), parameter -> 1);
    for (int i = 0; i < 3; i++) {
      gradients(1);
      assertTrue(optimizer.step(0.02, Clipping.norm(0.5)).finite());
      assertCurrent(arena);
    }
    assertFalse(Arrays.equals(first, copy(arena)));
    if (CudaBackendsForTests.isEmulated()) {
      assertEquals(0, conversions(() -> optimizer.step(0.02)), "a step converts no weight");
    }
  }

  @Test
  void aStepThatIsNotFiniteLeavesIt() {
    ParameterArena arena = arena();
    Optimizer optimizer = Optimizers.ADAMW.over(arena, new Optimizers.Settings(0.05), parameter -> 1);
    short[] before = copy(arena);
    gradients(Float.NaN);
    assertFalse(optimizer.step(0.02).finite());
    assertArrayEquals(before, copy(arena));
    assertCurrent(arena);
    gradients(1);
    assertTrue(optimizer.step(0.02).finite());
    assertCurrent(arena);
  }

  @Test
  void otherChangesMakeItAnewAtOnce() {
    ParameterArena arena = arena();
    copy(arena);
    StateDict.Builder other = StateDict.builder();
    for (Parameter parameter : net.parameters()) {
      float[] values = new float[Math.toIntExact(parameter.shape().elements())];
      for (int i = 0; i < values.length; i++) {
        values[i] = i * 7919 % 997 / 331f;
      }
      other.put(parameter.path(), ArrayData.ofFloats(parameter.shape().longDims(), values));
    }
    Runnable load = () -> ModuleWeights.load(net, other.build(), "a file");
    if (CudaBackendsForTests.isEmulated()) {
      assertEquals(1, conversions(load), "one kernel for all weights");
    } else {
      load.run();
    }
    assertCurrent(arena);
    assertEquals(BrainFloat.of(7919 % 997 / 331f), copy(arena)[1]);
  }

  @Test
  void anAverageInTheWeightsPlaceAndBack() {
    ParameterArena arena = arena();
    Optimizer optimizer = Optimizers.ADAMW.over(arena, new Optimizers.Settings(0.05), parameter -> 1);
    WeightAverage average = new WeightAverage(arena, WeightAverage.Options.of(0.8));
    for (int i = 0; i < 2; i++) {
      gradients(1);
      optimizer.step(0.05);
      average.update(optimizer.steps());
    }
    short[] trained = copy(arena);
    try (WeightAverage.Swap swap = average.swapIn()) {
      assertCurrent(arena);
      assertFalse(Arrays.equals(trained, copy(arena)));
    }
    assertArrayEquals(trained, copy(arena));
  }

  /** The head first, then all: the backbone's copy is there before it is trained, and moves with it. */
  @Test
  void unfreezing() {
    net.parameters().forEach(parameter -> parameter.setTrainable(parameter.path().startsWith("2.")));
    ParameterArena head = arena();
    Optimizer optimizer = Optimizers.ADAMW.over(head, new Optimizers.Settings(0.05), parameter -> 1);
    gradients(1);
    optimizer.step(0.02);
    assertCurrent(head);
    ParameterArena all = head.training(parameter -> true);
    optimizer.moveTo(all);
    assertCurrent(all);
    short[] before = copy(all);
    gradients(1);
    optimizer.step(0.02);
    assertCurrent(all);
    assertFalse(Arrays.equals(before, copy(all)));
  }

  @Test
  void wholePrecisionNeedsNone() {
    try (Backend cpu = new CpuBackend(1); Backend float32 = CudaBackendsForTests.open(DType.FLOAT32)) {
      for (Backend whole : new Backend[] {cpu, float32}) {
        assertNull(new ParameterArena(whole, new Linear(6, 17, true).parameters(), 3).computeCopy());
      }
    }
  }
}
