package org.swinengine.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.models.Model;
import org.swinengine.models.ModelConfigFile;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.Models;
import org.swinengine.nn.ForwardMode;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

final class MemoryTest {
  @TempDir
  Path output;

  /** After the first steps every buffer comes from the pool and goes back to it. */
  @Test
  void aSteadyStepAllocatesNoLargeArray() throws IOException {
    List<Long> buffers = new ArrayList<>();
    List<Long> live = new ArrayList<>();
    try (Backend backend = Backends.open("cpu", 1)) {
      TrainListener listener =
          new TrainListener() {
            @Override
            public void step(int epoch, int step, int of, double loss, double lr, double rate) {
              buffers.add(backend.memory().statistics().allocatedBuffers());
              live.add(backend.memory().statistics().liveBytes());
            }
          };
      TrainConfig config = Tiny.config(output).toBuilder().epochs(6).build();
      new Trainer(config, Tiny.data(), backend, listener).run();
    }
    int last = buffers.size() - 1;
    // The last epoch: four steps between five measurements, without validation and checkpoints in between.
    assertEquals(buffers.get(last - 4), buffers.get(last), "device buffers made");
    assertEquals(live.get(last - 4), live.get(last), "device bytes in use");
  }

  /** A block gives back all but its result, so depth costs parameters and nothing else. */
  @Test
  void inferenceNeedsNoMoreMemoryForMoreBlocks() {
    assertEquals(activations(4), activations(24));
  }

  private static long activations(int depth) {
    ModelSpec spec =
        ModelConfigFile.parse(
            """
            DATA:
              IMG_SIZE: 16
            MODEL:
              TYPE: swin
              NUM_CLASSES: 3
              SWIN:
                PATCH_SIZE: 2
                EMBED_DIM: 16
                DEPTHS: [%d]
                NUM_HEADS: [2]
                WINDOW_SIZE: 4
            """
                .formatted(depth),
            "deep");
    try (Backend backend = Backends.open("cpu", 2);
        Scope scope = Scope.open()) {
      Model model = Models.create(spec);
      new ParameterArena(backend, model.parameters(), 1);
      Variable images = Variable.constant(Tensor.zeros(backend, Shape.of(4, 3, 16, 16)));
      // The first pass prepares the weights, which is memory of the parameters.
      for (int pass = 0; pass < 2; pass++) {
        backend.memory().resetPeak();
        long before = backend.memory().statistics().liveBytes();
        try (Scope inner = Scope.open()) {
          model.forward(images, ForwardMode.EVALUATION);
        }
        if (pass == 1) {
          return backend.memory().statistics().peakBytes() - before;
        }
      }
      throw new AssertionError("not reached");
    }
  }
}
