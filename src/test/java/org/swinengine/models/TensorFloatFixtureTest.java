package org.swinengine.models;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.swinengine.backend.Backend;
import org.swinengine.backend.cuda.CudaBackendsForTests;

/** Whole models whose products are in TF32 against the original implementations in float32. */
@Tag("cuda")
final class TensorFloatFixtureTest {
  /**
   * Twice what was measured: 6.0e-4, 1.5e-3, 1.2e-4, 1.0e-2. Adam makes full steps of what is left of small
   * gradients.
   */
  private static final FixtureChecks BOUNDS = new FixtureChecks(1.2e-3, 3e-3, 2.5e-4, 2.1e-2);

  @ParameterizedTest
  @ValueSource(strings = {"ms_swin", "timm_vit"})
  void logitsAndThreeStepsAreNearPyTorchs(String name) {
    CudaBackendsForTests.assumeAvailable();
    Fixture fixture = new Fixture(name);
    try (Backend backend = CudaBackendsForTests.openTensorFloat()) {
      BOUNDS.logitsEqualPyTorchs(fixture, backend);
      BOUNDS.everyGradientEqualsPyTorchs(fixture, backend);
      BOUNDS.threeAdamWStepsEqualPyTorchs(fixture, backend);
    }
  }

  /** The same products by cuBLAS, whose stand-in rounds too, and the embedding by cuDNN. */
  @Test
  void librariesKeepTheBounds() {
    Fixture fixture = new Fixture("timm_vit");
    try (Backend backend = CudaBackendsForTests.openTensorFloatWithLibraries()) {
      BOUNDS.logitsEqualPyTorchs(fixture, backend);
      long products = CudaBackendsForTests.productsByCublas(backend);
      assertTrue(products > 10, () -> "cuBLAS did " + products + " products");
    }
  }
}
