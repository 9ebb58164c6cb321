package org.swinengine.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class BackendsTest {
  @Test
  void namesOpenTheirBackends() {
    try (Backend cpu = Backends.open("CPU", 1);
        Backend all = Backends.open("cpu", 0);
        Backend reference = Backends.open("reference", 3)) {
      assertEquals("cpu", cpu.name());
      assertTrue(cpu.describe().contains("1 thread,"), cpu.describe());
      String threads = Runtime.getRuntime().availableProcessors() + " thread";
      assertTrue(all.describe().contains(threads), all.describe());
      assertEquals("reference", reference.name());
      assertEquals(DType.FLOAT64, reference.computeType());
    }
  }

  @Test
  void autoTakesAGpuWhereOneWorks() {
    try (Backend auto = Backends.open("auto", 1)) {
      assertEquals(Backends.cuda().absence() == null ? "cuda" : "cpu", auto.name());
    }
  }

  @Test
  void whatIsNotThereIsSaid() {
    String sentence =
        assertThrows(IllegalArgumentException.class, () -> Backends.open("tpu", 1)).getMessage();
    assertTrue(sentence.contains("\"tpu\"") && sentence.contains("auto, cpu, reference, cuda"), sentence);
  }

  /** No machine has a hundred GPUs; most have none. */
  @Test
  void withoutTheGpuItIsSaidWhatIsMissing() {
    String sentence =
        assertThrows(IllegalArgumentException.class, () -> Backends.open("cuda:100", 1)).getMessage();
    assertTrue(sentence.startsWith("device cuda"), sentence);
    assertTrue(sentence.contains("driver"), sentence);
  }

  @Test
  void halfPrecisionIsForGpus() {
    for (String device : new String[] {"cpu", "reference"}) {
      String sentence =
          assertThrows(IllegalArgumentException.class, () -> Backends.open(device, 1, Precision.MIXED))
              .getMessage();
      assertTrue(sentence.contains(device) && sentence.contains("needs a GPU"), sentence);
      try (Backend backend = Backends.open(device, 1, Precision.MIXED_ON_GPU)) {
        assertEquals(backend.masterType(), backend.computeType());
      }
    }
  }

  @Test
  void tensorFloatIsForGpus() {
    for (String device : new String[] {"cpu", "reference"}) {
      String sentence =
          assertThrows(IllegalArgumentException.class, () -> Backends.open(device, 1, Precision.TF32))
              .getMessage();
      assertTrue(sentence.contains(device) && sentence.contains("`tf32` on needs a GPU"), sentence);
    }
  }

  @Test
  void lookingForGpusNeverFails() {
    CudaReport report = Backends.cuda();
    assertEquals(report.absence() == null, report.gpus().stream().anyMatch(gpu -> gpu.problem() == null));
    assertEquals(2, report.libraries().size());
  }
}
