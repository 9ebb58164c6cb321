package org.swinengine.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.backend.CudaGraphs;
import org.swinengine.backend.GpuLibraries;
import org.swinengine.backend.Precision;
import org.swinengine.backend.Warnings;
import org.swinengine.backend.cuda.CudaBackendsForTests;
import org.swinengine.data.DataSplits;

/** A run whose products are in TF32: its steps are graphs, and its checkpoint says how they multiplied. */
@Tag("cuda")
final class TensorFloatRunTest {
  /** Four steps, of which the last is a graph. */
  private static final DataSplits DATA =
      new DataSplits(new Tiny.Pictures(8, 1), new Tiny.Pictures(4, 2), Optional.empty(), "few pictures");

  private static final String FLOAT32_AGAIN = "; `device` cpu, or a GPU with `amp` off and `tf32` off,";

  @TempDir
  private Path folder;

  private void run(TrainConfig config, Precision precision, CudaGraphs graphs) throws IOException {
    try (Backend backend = Backends.open("cuda", 0, precision, GpuLibraries.NONE, graphs, remark -> {})) {
      assertEquals(precision == Precision.TF32, backend.describe().contains("TF32"), backend.describe());
      new Trainer(config, DATA, backend, TrainListener.SILENT).run();
    }
  }

  /** An epoch in one precision and the next in another. */
  private List<String> saidOf(Precision before, Precision after) throws IOException {
    CudaBackendsForTests.assumeAvailable();
    run(Tiny.config(folder).toBuilder().epochs(1).batchSize(2).tag("run").build(), before,
        CudaGraphs.ON);
    TrainConfig longer = TrainConfigFile.ofRun(folder, "run").toBuilder().epochs(2).build();
    List<String> said = new ArrayList<>();
    try (Warnings.Subscription subscription = Warnings.sendTo(said::add)) {
      run(longer, after, CudaGraphs.OFF);
    }
    return said.stream().filter(sentence -> sentence.contains("the run computed in")).toList();
  }

  private static void assertSaid(String before, String after, String options, List<String> said) {
    assertEquals(1, said.size(), said::toString);
    assertTrue(said.get(0).contains("in " + before + " and computes in " + after + " now"), said.get(0));
    assertTrue(said.get(0).contains(options + " goes on as before"), said.get(0));
  }

  @Test
  void aResumeWithoutItSaysSo() throws IOException {
    assertSaid("float32 with products in TF32", "float32", "`amp` off and `tf32` on",
        saidOf(Precision.TF32, Precision.FULL));
  }

  @Test
  void aResumeWithItSaysSo() throws IOException {
    assertSaid("float32", "float32 with products in TF32", FLOAT32_AGAIN,
        saidOf(Precision.FULL, Precision.TF32));
  }

  /** As on a GPU without options, of a run of the processor. */
  @Test
  void aResumeInBf16SaysSo() throws IOException {
    assertSaid("float32", "bf16", FLOAT32_AGAIN, saidOf(Precision.FULL, Precision.MIXED_ON_GPU));
  }

  /** What the checkpoint says opens the device as it was. */
  @ParameterizedTest
  @EnumSource(value = Precision.class, names = {"FULL", "TF32", "MIXED"})
  void aResumeTakesThePrecisionOfTheCheckpoint(Precision before) throws IOException {
    CudaBackendsForTests.assumeAvailable();
    run(Tiny.config(folder).toBuilder().epochs(1).batchSize(2).tag("run").build(), before, CudaGraphs.OFF);
    RunPrecision found = RunPrecision.ofRun(folder, "run").orElseThrow();
    Precision again = Objects.requireNonNull(found.precision());
    try (Backend gpu = Backends.open("cuda", 0, again);
        Backend processor = Backends.open("cpu", 1, again)) {
      assertEquals(found, RunPrecision.of(gpu));
      assertEquals("float32", RunPrecision.of(processor).text());
    }
  }

  @Test
  void aRunWithoutACheckpointSaysNothing() {
    assertEquals(Optional.empty(), RunPrecision.ofRun(folder, "none"));
  }

  @Test
  void aResumeInTheSamePrecisionSaysNothing() throws IOException {
    assertEquals(List.of(), saidOf(Precision.MIXED, Precision.MIXED_ON_GPU));
  }
}
