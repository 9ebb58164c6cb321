package org.swinengine.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.backend.DType;
import org.swinengine.backend.cuda.CudaBackendsForTests;

/**
 * Whole models in float32 give the same logits and probabilities on the processor and on a GPU, to the last
 * bit (docs/NUMERICS.md).
 */
@Tag("cuda")
final class SameBitsOnGpuTest {
  @BeforeAll
  static void needsDevice() {
    CudaBackendsForTests.assumeAvailable();
  }

  static List<ModelSpec> models() {
    List<ModelSpec> models = new ArrayList<>(BatchInvariance.models());
    models.add(BatchInvariance.largeWindows());
    return models;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("models")
  void aModelsLogitsAreTheProcessors(ModelSpec spec) {
    try (Backend cpu = Backends.open("cpu", 2);
        Backend cuda = CudaBackendsForTests.open(DType.FLOAT32)) {
      List<float[]> expected = BatchInvariance.results(cpu, spec);
      List<float[]> actual = BatchInvariance.results(cuda, spec);
      assertTrue(Float.isFinite(expected.get(0)[0]), spec.name());
      // Arrays of float are compared by the bits of their elements.
      assertArrayEquals(expected.get(0), actual.get(0), "logits of " + spec.name());
      assertArrayEquals(expected.get(1), actual.get(1), "probabilities of " + spec.name());
    }
  }
}
