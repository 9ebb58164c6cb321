package org.swinengine.models;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.swinengine.backend.Backend;
import org.swinengine.backend.DType;
import org.swinengine.backend.cuda.CudaBackendsForTests;

/** On the GPU, a real or an emulated one. */
@Tag("cuda")
final class CudaBatchInvarianceTest {
  @BeforeAll
  static void needsDevice() {
    CudaBackendsForTests.assumeAvailable();
  }

  static List<Arguments> cases() {
    List<Arguments> cases = new ArrayList<>();
    for (ModelSpec spec : BatchInvariance.models()) {
      cases.add(Arguments.of(spec, DType.FLOAT32));
      cases.add(Arguments.of(spec, DType.BF16));
    }
    return cases;
  }

  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("cases")
  void anImagesLogitsDoNotDependOnItsBatch(ModelSpec spec, DType type) {
    try (Backend backend = CudaBackendsForTests.open(type)) {
      // The emulator takes seconds where a GPU takes milliseconds.
      int[] sizes =
          CudaBackendsForTests.isEmulated() ? new int[] {2, 5, 9} : new int[] {2, 3, 8, 13, 32, 37, 100};
      BatchInvariance.check(backend, spec, sizes);
    }
  }
}
