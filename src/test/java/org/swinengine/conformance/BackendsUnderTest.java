package org.swinengine.conformance;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import org.swinengine.backend.Backend;
import org.swinengine.backend.cpu.CpuBackend;
import org.swinengine.backend.cpu.CpuBackendsForTests;
import org.swinengine.backend.reference.ReferenceBackend;

/** The one list of what the conformance suite compares with the reference. Opened once for all tests. */
final class BackendsUnderTest {
  /**
   * Backends that must agree to the bit; the first is compared with the reference.
   *
   * @param names one for each backend, for messages
   */
  record Group(List<String> names, List<Backend> backends) {}

  private static final class Opened {
    static final List<Group> GROUPS =
        List.of(
            new Group(
                List.of("cpu, 1 thread", "cpu, 2 threads", "cpu, 2 threads, scalar twin"),
                List.of(new CpuBackend(1), new CpuBackend(2), CpuBackendsForTests.scalarTwin(2))));
  }

  static final Backend REFERENCE = new ReferenceBackend();

  private BackendsUnderTest() {}

  /** All groups; skips the test where the vector width that the build asks for is not there. */
  static List<Group> groups() {
    assumeTrue(
        CpuBackendsForTests.hasAskedWidth(),
        "this processor's vectors are narrower than swin.simd=" + System.getProperty("swin.simd"));
    return Opened.GROUPS;
  }
}
