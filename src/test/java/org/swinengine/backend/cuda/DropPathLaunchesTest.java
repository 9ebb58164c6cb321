package org.swinengine.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
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

/** A pass draws the factors of all its DropPaths with one launch; checkpoints keep them. */
@Tag("cuda")
final class DropPathLaunchesTest {
  private static final ModelSpec SPEC = BatchInvariance.models().get(0).withDropPath(0.5);
  private static final int BATCH = 3;

  private static float[] gradients(Backend backend, boolean checkpointing) {
    try (Scope scope = Scope.open()) {
      Model model = Models.create(SPEC);
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

  @Test
  void aPassDrawsOnce() {
    CudaBackendsForTests.assumeAvailable();
    assumeTrue(CudaBackendsForTests.isEmulated());
    try (Backend backend = CudaBackendsForTests.open(DType.FLOAT32)) {
      float[][] found = new float[2][];
      for (int i = 0; i < 2; i++) {
        boolean checkpointing = i == 1;
        int at = i;
        List<String> drawn =
            RecordedCalls.of(() -> found[at] = gradients(backend, checkpointing)).stream()
                .map(RecordedCalls.Call::kernel).filter(kernel -> kernel.startsWith("dropPath")).toList();
        assertEquals(List.of("dropPathScales_f32"), drawn, "checkpoints " + checkpointing);
      }
      assertArrayEquals(found[0], found[1]);
    }
  }
}
