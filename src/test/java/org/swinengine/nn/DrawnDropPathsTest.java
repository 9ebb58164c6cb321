package org.swinengine.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.swinengine.backend.Backend;
import org.swinengine.backend.reference.ReferenceBackend;
import org.swinengine.models.BatchInvariance;
import org.swinengine.models.Model;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.Models;
import org.swinengine.tensor.Tensor;

class DrawnDropPathsTest {
  private static final int SAMPLES = 6;

  /** A model as this package sees its parts. */
  private static Module root(Model model) {
    return model;
  }

  /** All branches of all families: those that their blocks ask for. */
  @Test
  void togetherIsWhatEachDrawsAlone() {
    try (Backend backend = new ReferenceBackend()) {
      for (ModelSpec spec : BatchInvariance.models()) {
        Model model = Models.create(spec.withDropPath(0.5));
        ForwardMode mode = ForwardMode.training(0x123456789L, 7, 3, false);
        ForwardMode drawn = mode.drawing(model, backend, SAMPLES);
        DrawnDropPaths together = drawn.dropPaths();
        assertNotNull(together);
        List<DropPath> active = new ArrayList<>();
        root(model).forEachPart(part -> {
          if (part instanceof DropPath dropPath && dropPath.probability() > 0) {
            active.add(dropPath);
          }
        });
        assertEquals(2 * active.size(), together.factors().dim(0), spec.name());
        for (DropPath dropPath : active) {
          for (String branch : List.of("attn", "mlp")) {
            Tensor alone = dropPath.factors(backend, mode, branch, SAMPLES);
            Tensor found = dropPath.factors(backend, drawn, branch, SAMPLES);
            assertSame(together.factors().buffer(), found.buffer(), "drawn with the others");
            assertArrayEquals(alone.toDoubles(), found.toDoubles(), dropPath.path() + "." + branch);
          }
        }
      }
    }
  }

  /** Another batch, another model's DropPath, or a branch that nobody has named. */
  @Test
  void whatWasNotDrawnIsDrawnAlone() {
    try (Backend backend = new ReferenceBackend()) {
      Model model = Models.create(BatchInvariance.models().get(0).withDropPath(0.5));
      ForwardMode mode = ForwardMode.training(1, 2, 3, false);
      ForwardMode drawn = mode.drawing(model, backend, SAMPLES);
      DropPath own = new DropPath(0.5);
      assertArrayEquals(
          own.factors(backend, mode, "forward", SAMPLES).toDoubles(),
          own.factors(backend, drawn, "forward", SAMPLES).toDoubles());
      root(model).forEachPart(part -> {
        if (part instanceof DropPath dropPath && dropPath.probability() > 0) {
          assertEquals(2, dropPath.factors(backend, drawn, "attn", 2).elements());
          assertArrayEquals(
              dropPath.factors(backend, mode, "other", SAMPLES).toDoubles(),
              dropPath.factors(backend, drawn, "other", SAMPLES).toDoubles());
        }
      });
    }
  }

  @Test
  void nothingIsDrawnWhereNothingIsDropped() {
    try (Backend backend = new ReferenceBackend()) {
      Model model = Models.create(BatchInvariance.models().get(0).withDropPath(0));
      assertNull(ForwardMode.training(1, 2, 3, false).drawing(model, backend, 4).dropPaths());
      Model dropping = Models.create(BatchInvariance.models().get(0).withDropPath(0.5));
      assertSame(ForwardMode.EVALUATION, ForwardMode.EVALUATION.drawing(dropping, backend, 4));
    }
  }
}
