package org.swinengine.models.swinunet;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.swinengine.backend.Backend;
import org.swinengine.backend.cpu.CpuBackend;
import org.swinengine.optim.AdamW;
import org.swinengine.optim.Sgd;

/** Training follows the original's code, loss by loss. */
final class SwinUnetCurveTest {
  @Test
  void sgdFollowsTheOriginal() throws IOException {
    try (Backend backend = new CpuBackend(2)) {
      SwinUnetCurve.check(
          backend, "sgd", 0.05, arena -> new Sgd(arena, new Sgd.Options(0.9, false, 1e-4, true)));
    }
  }

  @Test
  void adamWFollowsPyTorchs() throws IOException {
    try (Backend backend = new CpuBackend(2)) {
      SwinUnetCurve.check(
          backend, "adamw", 1e-3,
          arena -> new AdamW(arena, AdamW.Options.DEFAULT.withWeightDecay(0.01, true).withClipNorm(0)));
    }
  }
}
