package org.swinengine.models.swinunet;

import java.io.IOException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.swinengine.backend.Backend;
import org.swinengine.backend.DType;
import org.swinengine.backend.cuda.CudaBackendsForTests;
import org.swinengine.optim.Sgd;

/** Training on a GPU, a real or an emulated one, follows the original's code, loss by loss. */
@Tag("cuda")
final class CudaSwinUnetCurveTest {
  @BeforeAll
  static void needsDevice() {
    CudaBackendsForTests.assumeAvailable();
  }

  @Test
  void sgdFollowsTheOriginal() throws IOException {
    try (Backend backend = CudaBackendsForTests.open(DType.FLOAT32)) {
      SwinUnetCurve.check(
          backend, "sgd", 0.05, arena -> new Sgd(arena, new Sgd.Options(0.9, false, 1e-4, true)));
    }
  }
}
