package org.swinengine.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.backend.CudaGraphs;
import org.swinengine.backend.GpuLibraries;
import org.swinengine.backend.Precision;
import org.swinengine.backend.Warnings;
import org.swinengine.backend.cuda.CudaBackendsForTests;

/** A run whose products are in TF32: its steps are graphs, and its checkpoint says so. */
@Tag("cuda")
final class TensorFloatRunTest {
  @TempDir
  private Path folder;

  private Path run(TrainConfig config, Precision precision, CudaGraphs graphs) throws IOException {
    CudaBackendsForTests.assumeAvailable();
    try (Backend backend = Backends.open("cuda", 0, precision, GpuLibraries.NONE, graphs, remark -> {})) {
      assertEquals(precision == Precision.TF32, backend.describe().contains("TF32"), backend.describe());
      return new Trainer(config, Tiny.data(), backend, TrainListener.SILENT).run().folder();
    }
  }

  @Test
  void itIsRemembered() throws IOException {
    TrainConfig config = Tiny.config(folder).toBuilder().epochs(1).tag("graphs").build();
    Path graphs = run(config, Precision.TF32, CudaGraphs.AUTO);
    Path calls = run(config.toBuilder().tag("calls").build(), Precision.TF32, CudaGraphs.OFF);
    TrainerTest.assertSameRuns(calls, graphs);
    for (Precision precision : new Precision[] {Precision.FULL, Precision.TF32}) {
      List<String> said = new ArrayList<>();
      TrainConfig longer = TrainConfigFile.ofRun(folder, "graphs");
      int epochs = longer.epochs() + 1;
      try (Warnings.Subscription subscription = Warnings.sendTo(said::add)) {
        run(longer.toBuilder().epochs(epochs).build(), precision, CudaGraphs.OFF);
      }
      String expected =
          precision == Precision.FULL ? "were in TF32 and are not now" : "were not in TF32 and are now";
      assertTrue(said.stream().anyMatch(sentence -> sentence.contains(expected)), said::toString);
    }
  }
}
