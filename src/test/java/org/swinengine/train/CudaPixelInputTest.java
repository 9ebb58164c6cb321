package org.swinengine.train;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.swinengine.backend.Backend;
import org.swinengine.backend.DType;
import org.swinengine.backend.cuda.CudaBackendsForTests;

/** The same on a GPU, a real or an emulated one, whose streams get to their work early and late. */
@Tag("cuda")
class CudaPixelInputTest {
  @TempDir
  private Path output;

  @BeforeAll
  static void needsDevice() {
    CudaBackendsForTests.assumeAvailable();
  }

  @AfterEach
  void asEver() {
    CudaBackendsForTests.schedule(0);
  }

  @ParameterizedTest
  @CsvSource({"FLOAT32, 0", "FLOAT32, 3", "BF16, 2"})
  void aRunHasTheSameBits(DType type, int schedule) throws IOException {
    try (Backend backend = CudaBackendsForTests.open(type)) {
      CudaBackendsForTests.schedule(schedule);
      PixelInputTest.check(backend, output);
    }
  }
}
