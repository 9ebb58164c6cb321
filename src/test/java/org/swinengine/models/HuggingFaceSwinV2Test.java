package org.swinengine.models;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;

/**
 * Swin V2 as transformers runs it, on an image whose sides are no multiples of the window, with a window of
 * an earlier training: separate queries, keys without a bias, padding before the shift.
 */
@Tag("numerics")
final class HuggingFaceSwinV2Test {
  private static final String NAME = "hf_swinv2_padded";

  @ParameterizedTest
  @ValueSource(strings = {"reference", "cpu"})
  void logitsGradientsAndStepsEqualPyTorchs(String device) {
    try (Backend backend = Backends.open(device, 2)) {
      FixtureChecks.FLOAT32.logitsEqualPyTorchs(new Fixture(NAME), backend);
      FixtureChecks.FLOAT32.everyGradientEqualsPyTorchs(new Fixture(NAME), backend);
      FixtureChecks.FLOAT32.threeAdamWStepsEqualPyTorchs(new Fixture(NAME), backend);
    }
  }
}
