package org.swinengine.ops;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.swinengine.backend.Backend;
import org.swinengine.backend.cpu.CpuBackend;

/** Every operation's memory on the CPU against a pool of its own, in which nobody else has left anything. */
class OpMemoryTest {
  static Stream<OpCase> cases() {
    return OpCases.all().stream();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void aSecondPassTakesNoNewMemory(OpCase op) {
    try (Backend cpu = new CpuBackend(2)) {
      OpCase.Operands operands = op.on(cpu);
      OpConformanceTest.arrays(op, operands);
      long before = cpu.memory().statistics().allocatedBuffers();
      OpConformanceTest.arrays(op, operands);
      assertEquals(before, cpu.memory().statistics().allocatedBuffers(), "arrays made in the second pass");
    }
  }
}
