package org.swinengine.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class BackendsTest {
  @Test
  void namesOpenTheirBackends() {
    try (Backend cpu = Backends.open("CPU", 1);
        Backend auto = Backends.open("auto", 0);
        Backend reference = Backends.open("reference", 3)) {
      assertEquals("cpu", cpu.name());
      assertTrue(cpu.describe().contains("1 thread,"), cpu.describe());
      assertEquals("cpu", auto.name());
      assertTrue(
          auto.describe().contains(Runtime.getRuntime().availableProcessors() + " thread"), auto.describe());
      assertEquals("reference", reference.name());
      assertEquals(DType.FLOAT64, reference.computeType());
    }
  }

  @Test
  void whatIsNotThereIsSaid() {
    for (String device : new String[] {"cuda", "cuda:1"}) {
      String sentence =
          assertThrows(IllegalArgumentException.class, () -> Backends.open(device, 1)).getMessage();
      assertTrue(sentence.contains(device) && sentence.contains("no CUDA backend"), sentence);
    }
    String sentence =
        assertThrows(IllegalArgumentException.class, () -> Backends.open("tpu", 1)).getMessage();
    assertTrue(sentence.contains("\"tpu\"") && sentence.contains("auto, cpu and reference"), sentence);
  }
}
