package org.swinengine.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.DType;
import org.swinengine.optim.Gradients;
import org.swinengine.models.BatchInvariance;
import org.swinengine.models.Model;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.Models;
import org.swinengine.nn.ForwardMode;
import org.swinengine.ops.CrossEntropyOp;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/** What random decisions ask of a GPU. */
@Tag("cuda")
final class RandomLaunchesTest {
  private static final ModelSpec SPEC = BatchInvariance.models().get(0);
  private static final int BLOCKS = 4;
  private static final int BATCH = 3;

  private static ModelSpec spec(double dropout, double dropPath) {
    return new ModelSpec(
        SPEC.name(), SPEC.imageHeight(), SPEC.imageWidth(), SPEC.channels(), SPEC.classes(), dropout,
        dropPath, SPEC.architecture());
  }

  private static float[] gradients(Backend backend, ModelSpec spec, boolean checkpointing) {
    try (Scope scope = Scope.open()) {
      Model model = Models.create(spec);
      ParameterArena arena = new ParameterArena(backend, model.parameters(), 11);
      Shape shape = Shape.of(BATCH, SPEC.channels(), SPEC.imageHeight(), SPEC.imageWidth());
      float[] pixels = new float[Math.toIntExact(shape.elements())];
      for (int i = 0; i < pixels.length; i++) {
        pixels[i] = (i * 37 % 101 - 50) / 25f;
      }
      Variable images = Variable.constant(Tensor.of(backend, shape, pixels));
      Tensor labels = Tensor.ofInts(backend, Shape.of(BATCH), 1, 4, 0);
      ForwardMode mode = ForwardMode.training(1, 0, 5, checkpointing);
      Gradients.add(() -> CrossEntropyOp.apply(model.forward(images, mode), labels, 0));
      return arena.gradients().toFloats();
    }
  }

  /** The kernels of a training step, each with how often it is launched. */
  private static Map<String, Integer> launches(Backend backend, ModelSpec spec) {
    Map<String, Integer> launches = new TreeMap<>();
    for (RecordedCalls.Call call : RecordedCalls.of(() -> gradients(backend, spec, false))) {
      if (call.what() == RecordedCalls.Asked.LAUNCH) {
        launches.merge(call.kernel(), 1, Integer::sum);
      }
    }
    return launches;
  }

  private static int all(Map<String, Integer> launches) {
    return launches.values().stream().mapToInt(Integer::intValue).sum();
  }

  /** With checkpoints too, which keep what was drawn. */
  @Test
  void aPassDrawsItsDropPathsOnce() {
    CudaBackendsForTests.assumeAvailable();
    assumeTrue(CudaBackendsForTests.isEmulated());
    try (Backend backend = CudaBackendsForTests.open(DType.FLOAT32)) {
      float[][] found = new float[2][];
      for (int i = 0; i < 2; i++) {
        boolean checkpointing = i == 1;
        int at = i;
        List<String> drawn =
            RecordedCalls.of(() -> found[at] = gradients(backend, spec(0, 0.5), checkpointing)).stream()
                .map(RecordedCalls.Call::kernel).filter(kernel -> kernel.startsWith("dropPath")).toList();
        assertEquals(List.of("dropPathScales_f32"), drawn, "checkpoints " + checkpointing);
      }
      assertArrayEquals(found[0], found[1]);
    }
  }

  /**
   * Forward no pass but behind the embedding; backward one there, and one before the gradients of each
   * block's two last layers.
   */
  @Test
  void dropoutIsPartOfTheProducts() {
    CudaBackendsForTests.assumeAvailable();
    assumeTrue(CudaBackendsForTests.isEmulated());
    try (Backend backend = CudaBackendsForTests.open(DType.BF16)) {
      checkDropout(backend, "bf16");
    }
    try (Backend backend = CudaBackendsForTests.open(DType.FLOAT32)) {
      checkDropout(backend, "f32");
    }
    try (Backend backend = CudaBackendsForTests.openTensorFloat()) {
      checkDropout(backend, "tf32");
    }
  }

  /** @param operands of products */
  private static void checkDropout(Backend backend, String operands) {
    Map<String, Integer> without = launches(backend, spec(0, 0));
    Map<String, Integer> with = launches(backend, spec(0.1, 0));
    boolean half = backend.computeType() == DType.BF16;
    String suffix = half ? "_bf16" : "_f32";
    assertEquals(2 + 2 * BLOCKS, with.get("dropout" + suffix));
    int products = 0;
    for (Map.Entry<String, Integer> kernel : with.entrySet()) {
      if (kernel.getKey().startsWith("product")) {
        assertTrue(kernel.getKey().matches(".*_" + operands + "(f32)?"), kernel.getKey());
        products += kernel.getKey().matches(".*[dD]ropout.*") ? kernel.getValue() : 0;
      }
    }
    assertEquals(4 * BLOCKS, products, with.toString());
    // What backward makes of GELU again where it is not kept is kept with dropout.
    int again = half ? 0 : BLOCKS;
    assertEquals(all(without) + 2 + 2 * BLOCKS - again, all(with), without + " and " + with);
    Map<String, Integer> both = launches(backend, spec(0.1, 0.5));
    int scaled = 2 * (BLOCKS - 1); // the first block is never dropped
    assertEquals(scaled, both.get("scaledDropout" + suffix));
    assertEquals(all(with) + 1, all(both), with + " and " + both);
  }
}
