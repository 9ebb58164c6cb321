package org.swinengine.models;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.swinengine.backend.Backend;
import org.swinengine.backend.DType;
import org.swinengine.backend.cuda.CudaBackendsForTests;

/**
 * Whole models where cuBLAS and cuDNN, on an emulated GPU their stand-ins, compute what they can: held to the
 * bounds of the own kernels.
 */
@Tag("cuda")
final class CudaLibrariesTest {
  @ParameterizedTest
  @CsvSource({"ms_swin, FLOAT32, 0", "ms_swin, FLOAT32, 2", "ms_swin, BF16, 0", "timm_vit, FLOAT32, 3"})
  void logitsAndThreeStepsEqualPyTorchs(String name, DType type, int schedule) {
    CudaBackendsForTests.assumeAvailable();
    CudaBackendsForTests.schedule(schedule);
    Fixture fixture = new Fixture(name);
    FixtureChecks bounds = CudaFixtureTest.bounds(type);
    try (Backend backend = CudaBackendsForTests.openWithLibraries(type)) {
      bounds.logitsEqualPyTorchs(fixture, backend);
      bounds.everyGradientEqualsPyTorchs(fixture, backend);
      bounds.threeAdamWStepsEqualPyTorchs(fixture, backend);
      assertTrue(backend.patchConvolution() != null, "the patch embedding is cuDNN's");
      long products = CudaBackendsForTests.productsByCublas(backend);
      assertTrue(products > 50, () -> "cuBLAS did " + products + " products");
    }
  }
}
