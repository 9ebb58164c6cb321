package org.swinengine.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;

/** On the processor; also on scalar loops and other vector widths, where those are tested. */
@Tag("numerics")
final class BatchInvarianceTest {
  @Test
  void everyFamilyIsThere() {
    Set<ModelFamily> families = new HashSet<>();
    BatchInvariance.models().forEach(spec -> families.add(ModelFamilies.of(spec)));
    Set<ModelFamily> own = new HashSet<>(ModelFamilies.all());
    // Another test of this process may have registered one.
    own.removeIf(family -> !family.getClass().getPackageName().startsWith("org.swinengine.models."));
    assertEquals(own, families);
    assertTrue(own.size() >= 4, own::toString);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("org.swinengine.models.BatchInvariance#models")
  void anImagesLogitsDoNotDependOnItsBatch(ModelSpec spec) {
    for (int threads : new int[] {1, 3}) {
      try (Backend backend = Backends.open("cpu", threads)) {
        BatchInvariance.check(backend, spec, 2, 3, 8, 13, 32, 37);
      }
    }
  }
}
