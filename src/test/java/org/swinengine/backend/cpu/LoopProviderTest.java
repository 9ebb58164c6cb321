package org.swinengine.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.reflect.Method;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Runs at every width that the build forces with {@code -Dswin.simd}. */
@Tag("conformance")
class LoopProviderTest {
  @Test
  void theChosenLoopsHaveTheWidthInUse() {
    assumeTrue(CpuBackendsForTests.hasAskedWidth(), "this processor's vectors are narrower");
    assertEquals(CpuBackend.vectorBits(), LoopProvider.chosen().vectorBits());
  }

  @Test
  void theChosenLoopsSayWhy() {
    assumeTrue(CpuBackendsForTests.hasAskedWidth(), "this processor's vectors are narrower");
    String asked = System.getProperty("swin.simd", "auto");
    String why = asked.equals("auto") ? "this processor's widest vectors" : "swin.simd=" + asked;
    assertEquals(why, LoopProvider.chosen().why());
  }

  @Test
  void aBackendOfScalarLoopsSaysWhy() {
    try (CpuBackend backend = new CpuBackend(1, new ScalarLoops("of a reason"))) {
      assertEquals("cpu: 1 thread, scalar kernels (of a reason), float32", backend.describe());
    }
  }

  @Test
  void scalarLoopsAreScalar() throws ReflectiveOperationException {
    assertEquals(0, new ScalarLoops("").vectorBits());
    assertLoops(new ScalarLoops(""), "Scalar");
  }

  @Test
  void vectorLoopsAreOnVectors() throws ReflectiveOperationException {
    assumeTrue(CpuBackendsForTests.hasAskedWidth(), "this processor's vectors are narrower");
    assumeTrue(CpuBackend.vectorBits() > 0, "scalar kernels are in use");
    assertLoops(new VectorLoops(), "Vector");
  }

  private static void assertLoops(LoopProvider provider, String kind) throws ReflectiveOperationException {
    int families = 0;
    for (Method method : LoopProvider.class.getDeclaredMethods()) {
      if (method.getReturnType().getName().startsWith("org.swinengine.backend.cpu.")
          && !method.getName().equals("chosen")) {
        String name = method.invoke(provider).getClass().getSimpleName();
        assertTrue(name.startsWith(kind), method.getName() + "() of " + kind + "Loops is a " + name);
        families++;
      }
    }
    assertEquals(8, families);
  }
}
