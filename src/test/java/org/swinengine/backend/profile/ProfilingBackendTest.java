package org.swinengine.backend.profile;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.backend.Buffer;
import org.swinengine.backend.DType;

class ProfilingBackendTest {
  @Test
  void computesLikeItsBackendAndCountsCalls() {
    try (Backend reference = Backends.open("reference", 1);
        ProfilingBackend profiling = new ProfilingBackend(reference)) {
      Buffer a = profiling.memory().allocate(DType.FLOAT64, 3);
      profiling.memory().upload(new double[] {1, 2, 3}, 0, a, 3);
      profiling.take();
      profiling.pointwise().add(3, a, a, a);
      profiling.pointwise().add(3, a, a, a);
      profiling.reduce().sum(3, a, a);
      List<KernelTime> times = profiling.take();
      double[] values = new double[3];
      reference.memory().download(a, values, 0, 3);
      assertArrayEquals(new double[] {24, 8, 12}, values);
      assertEquals(List.of("add 3", "sum 3"), times.stream().map(KernelTime::kind).toList());
      KernelTime add = times.get(0);
      assertEquals(2, add.calls());
      assertEquals(6, add.flop());
      assertEquals(2 * 3 * 24, add.bytes());
      assertTrue(add.seconds() > 0);
      assertEquals(List.of(), profiling.take());
    }
  }

  @Test
  void whatHasNoWorkIsNotCounted() {
    try (ProfilingBackend profiling = new ProfilingBackend(Backends.open("cpu", 1))) {
      profiling.take();
      profiling.memory().resetPeak();
      assertEquals(0, profiling.memory().statistics().liveBytes());
      assertEquals(List.of(), profiling.take());
    }
  }

  @Test
  void failuresPassThrough() {
    try (ProfilingBackend profiling = new ProfilingBackend(Backends.open("reference", 1))) {
      Buffer x = profiling.memory().allocate(DType.FLOAT64, 2);
      Buffer labels = profiling.memory().allocate(DType.INT32, 1);
      profiling.memory().upload(new int[] {7}, 0, labels, 1);
      assertThrows(
          IllegalArgumentException.class, () -> profiling.loss().crossEntropy(1, 2, x, labels, 0, x, x));
    }
  }

  /** 100 GFLOP/s and 10 GB/s meet at 10 operations for each byte. */
  @Test
  void theRooflineIsTheLesserOfPeakAndMemory() {
    Roofline roofline = new Roofline(OptionalDouble.of(100), 10);
    KernelTime calculating = roofline.bind(new KernelTime("a", 1, 0.05, 2e9, 1e8, 0));
    assertEquals(0.02, calculating.boundSeconds(), 1e-12);
    assertEquals(100, calculating.boundGflops(), 1e-9);
    assertEquals(0.03, calculating.lossSeconds(), 1e-12);
    KernelTime moving = roofline.bind(new KernelTime("b", 1, 0.05, 2e9, 1e9, 0));
    assertEquals(0.1, moving.boundSeconds(), 1e-12);
    assertEquals(20, moving.boundGflops(), 1e-9);
    assertEquals(0, moving.lossSeconds());
    assertEquals(2, moving.intensity());
    assertEquals(40, moving.gflops(), 1e-9);
    KernelTime unknownPeak = new Roofline(OptionalDouble.empty(), 10).bind(calculating);
    assertEquals(0.01, unknownPeak.boundSeconds(), 1e-12);
  }
}
