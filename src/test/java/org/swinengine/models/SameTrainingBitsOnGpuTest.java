package org.swinengine.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.backend.DType;
import org.swinengine.backend.cuda.CudaBackendsForTests;
import org.swinengine.fit.Step;
import org.swinengine.nn.ForwardMode;
import org.swinengine.ops.CrossEntropyOp;
import org.swinengine.optim.AdamW;
import org.swinengine.optim.Clipping;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/**
 * Training in float32 has the same bits on the processor and on a GPU (docs/NUMERICS.md): losses, norms of
 * gradients, and the weights and moments after some steps of AdamW with random decisions.
 */
@Tag("cuda")
final class SameTrainingBitsOnGpuTest {
  private static final int STEPS = 2;
  private static final int BATCH = 3;

  @BeforeAll
  static void needsDevice() {
    CudaBackendsForTests.assumeAvailable();
  }

  static List<ModelSpec> models() {
    List<ModelSpec> models = new ArrayList<>(SameBitsOnGpuTest.models());
    models.add(dropping(models.get(0)));
    return models;
  }

  /** With dropout, which is part of its products. */
  private static ModelSpec dropping(ModelSpec spec) {
    return new ModelSpec(
        spec.name() + "_dropout", spec.imageHeight(), spec.imageWidth(), spec.channels(), spec.classes(), 0.1,
        spec.dropPathRate(), spec.architecture());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("models")
  void stepsAreTheProcessors(ModelSpec spec) {
    try (Backend cpu = Backends.open("cpu", 2);
        Backend cuda = CudaBackendsForTests.open(DType.FLOAT32)) {
      List<float[]> expected = train(cpu, spec);
      List<float[]> actual = train(cuda, spec);
      float[] losses = expected.get(0);
      assertTrue(Float.isFinite(losses[0]) && losses[0] != losses[losses.length - 2],
          () -> "losses of " + spec + ": " + Arrays.toString(losses));
      assertEquals(expected.size(), actual.size());
      for (int i = 0; i < expected.size(); i++) {
        // Arrays of float are compared by the bits of their elements.
        assertArrayEquals(expected.get(i), actual.get(i), "result " + i + " of " + spec.name());
      }
    }
  }

  /** Losses and norms; weights; the optimizer's state. */
  private static List<float[]> train(Backend backend, ModelSpec spec) {
    Model model = Models.create(spec);
    ParameterArena arena = new ParameterArena(backend, model.parameters(), 17);
    AdamW optimizer = new AdamW(arena, AdamW.Options.DEFAULT);
    Step step = new Step(optimizer, 2);
    float[] found = new float[3 * STEPS];
    for (int number = 0; number < STEPS; number++) {
      for (int part = 0; part < 2; part++) {
        Random random = new Random(2L * number + part);
        ForwardMode mode = ForwardMode.training(3, number, (long) part * BATCH, part == 1);
        found[3 * number + part] =
            step.accumulate(() -> loss(model, spec, backend, random, mode)).get().floatValue();
      }
      found[3 * number + 2] = (float) step.update(1e-3, Clipping.norm(0.5)).get().gradientNorm();
    }
    List<float[]> results = new ArrayList<>();
    results.add(found);
    results.add(arena.values().toFloats());
    optimizer.state().values().forEach(each -> results.add(each.toFloats()));
    return results;
  }

  private static Variable loss(Model model, ModelSpec spec, Backend backend, Random random,
      ForwardMode mode) {
    Shape shape = Shape.of(BATCH, spec.channels(), spec.imageHeight(), spec.imageWidth());
    float[] pixels = new float[Math.toIntExact(shape.elements())];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (float) random.nextGaussian();
    }
    Variable logits = model.forward(Variable.constant(Tensor.of(backend, shape, pixels)), mode);
    Shape all = logits.shape();
    Shape one = all.rank() == 2 ? Shape.of(BATCH) : Shape.of(BATCH, all.dim(2), all.dim(3));
    int[] labels = random.ints(one.elements(), 0, spec.classes()).toArray();
    return CrossEntropyOp.apply(logits, Tensor.ofInts(backend, one, labels), 0.1);
  }
}
