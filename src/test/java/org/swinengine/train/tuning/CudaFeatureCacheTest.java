package org.swinengine.train.tuning;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.swinengine.backend.Backend;
import org.swinengine.backend.DType;
import org.swinengine.backend.cuda.CudaBackendsForTests;
import org.swinengine.train.settings.Augmentation;
import org.swinengine.train.Tiny;
import org.swinengine.train.TrainConfig;
import org.swinengine.train.TrainListener;
import org.swinengine.train.Trainer;
import org.swinengine.train.TrainerTest;

/** Features that a GPU, a real or an emulated one, computed once serve as well as those of each step. */
@Tag("cuda")
final class CudaFeatureCacheTest {
  @TempDir
  private Path output;

  @BeforeAll
  static void needsDevice() {
    CudaBackendsForTests.assumeAvailable();
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "BF16"})
  void aRunWithTheCacheHasTheBitsOfOneWithout(DType type) throws IOException {
    Path without = run(type, "without", CacheFeatures.OFF);
    Path with = run(type, "with", CacheFeatures.ON);
    TrainerTest.assertSameRuns(without, with);
  }

  private Path run(DType type, String tag, CacheFeatures cache) throws IOException {
    TrainConfig config =
        Tiny.config(output).toBuilder()
            .tag(tag)
            .epochs(2)
            .batchSize(24)
            .augmentation(Augmentation.NONE)
            .fineTuning(FineTuning.NONE.withFreeze(Freeze.BACKBONE).withCacheFeatures(cache))
            .build();
    try (Backend backend = CudaBackendsForTests.open(type)) {
      return new Trainer(config, Tiny.data(), backend, TrainListener.SILENT).run().folder();
    }
  }
}
