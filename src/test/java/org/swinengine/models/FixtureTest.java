package org.swinengine.models;

import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;

/** Whole models on the reference and on the CPU against the original implementations. */
@Tag("numerics")
final class FixtureTest {
  static Stream<Arguments> cases() {
    return Fixture.WITH_STEPS.stream()
        .flatMap(name -> Stream.of("reference", "cpu").map(device -> Arguments.of(name, device)));
  }

  @ParameterizedTest(name = "{0} on {1}")
  @MethodSource("cases")
  void logitsEqualPyTorchs(String name, String device) {
    try (Backend backend = Backends.open(device, 2)) {
      FixtureChecks.FLOAT32.logitsEqualPyTorchs(new Fixture(name), backend);
    }
  }

  @ParameterizedTest(name = "{0} on {1}")
  @MethodSource("cases")
  void everyGradientEqualsPyTorchs(String name, String device) {
    try (Backend backend = Backends.open(device, 2)) {
      FixtureChecks.FLOAT32.everyGradientEqualsPyTorchs(new Fixture(name), backend);
    }
  }

  @ParameterizedTest(name = "{0} on {1}")
  @MethodSource("cases")
  void threeAdamWStepsEqualPyTorchs(String name, String device) {
    try (Backend backend = Backends.open(device, 2)) {
      FixtureChecks.FLOAT32.threeAdamWStepsEqualPyTorchs(new Fixture(name), backend);
    }
  }

  /**
   * Rectangular images, sizes that are no multiple of the patch, windows of each stage's own, odd stages,
   * layer scale, register tokens, average pooling; of these there are no optimizer steps.
   */
  static Stream<Arguments> shapes() {
    return Stream.of(
        "ms_swin_rectangular", "ms_swinv2_rectangular", "timm_swin_s3", "timm_swin_cropped",
        "torchvision_swin_cropped", "hf_swin_patches_padded", "timm_deit3", "timm_vit_registers_avg")
        .flatMap(name -> Stream.of("reference", "cpu").map(device -> Arguments.of(name, device)));
  }

  @ParameterizedTest(name = "{0} on {1}")
  @MethodSource("shapes")
  void logitsAndGradientsOfOtherShapesEqualPyTorchs(String name, String device) {
    try (Backend backend = Backends.open(device, 2)) {
      FixtureChecks.FLOAT32.logitsEqualPyTorchs(new Fixture(name), backend);
      FixtureChecks.FLOAT32.everyGradientEqualsPyTorchs(new Fixture(name), backend);
    }
  }
}
