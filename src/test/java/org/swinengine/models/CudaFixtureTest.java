package org.swinengine.models;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.swinengine.backend.Backend;
import org.swinengine.backend.DType;
import org.swinengine.backend.cuda.CudaBackendsForTests;

/** Whole models on the GPU, a real or an emulated one, against the original implementations. */
@Tag("cuda")
final class CudaFixtureTest {
  /**
   * In bf16 every activation loses up to 2⁻⁹ of its value where it is stored, and so does its gradient, some
   * dozen times one after the other. Adam makes full steps of 1e-3 out of what remains of small gradients:
   * after three of them a parameter may be 6e-3 from where it should be. The bounds are twice what was
   * measured: 5.3e-3, 2.4e-2, 1.4e-3, 2.0e-2.
   */
  private static final FixtureChecks BF16 = new FixtureChecks(1.1e-2, 5e-2, 3e-3, 4e-2);

  /**
   * The worst of a segmentation's many logits is off by more: PyTorch's own bf16 (model and input in
   * bfloat16) has 3.1e-2 on this case, the emulator 3.2e-2; the bound is twice that. Gradients of parameters
   * that hardly matter are noise then, in PyTorch three times their size, so none are compared.
   */
  private static final double SEGMENTATION_BF16 = 6.3e-2;

  @BeforeAll
  static void needsDevice() {
    CudaBackendsForTests.assumeAvailable();
  }

  /** Kernels have tests of their own on every schedule; so has one whole model, and the others have one. */
  private static int[] schedules(String name) {
    int[] all = CudaBackendsForTests.schedules();
    return name.equals("ms_swin") ? all : Arrays.copyOf(all, 1);
  }

  static List<Arguments> cases() {
    List<Arguments> cases = new ArrayList<>();
    for (String name : List.of("ms_swin", "timm_vit", "ms_swinv2", "swin_unet")) {
      for (DType type : List.of(DType.FLOAT32, DType.BF16)) {
        for (int schedule : schedules(name)) {
          if (type == DType.FLOAT32 || !name.equals("swin_unet")) {
            cases.add(Arguments.of(name, type, schedule));
          }
        }
      }
    }
    // In float32 alone: a logit scale's gradient sums cosines of either sign, of which bf16 loses 5.8e-2.
    for (int schedule : schedules("torchvision_swinv2_padded")) {
      cases.add(Arguments.of("torchvision_swinv2_padded", DType.FLOAT32, schedule));
    }
    return cases;
  }

  /** What whole models keep on a GPU. */
  static FixtureChecks bounds(DType type) {
    return type == DType.BF16 ? BF16 : FixtureChecks.FLOAT32;
  }

  @ParameterizedTest(name = "{0}, {1}, schedule {2}")
  @MethodSource("cases")
  void logitsAndThreeStepsEqualPyTorchs(String name, DType type, int schedule) {
    Fixture fixture = new Fixture(name);
    CudaBackendsForTests.schedule(schedule);
    try (Backend backend = CudaBackendsForTests.open(type)) {
      bounds(type).logitsEqualPyTorchs(fixture, backend);
      bounds(type).everyGradientEqualsPyTorchs(fixture, backend);
      bounds(type).threeAdamWStepsEqualPyTorchs(fixture, backend);
    }
  }

  @Test
  void logitsOfASegmentationInBf16AreAsNearAsPyTorchs() {
    try (Backend backend = CudaBackendsForTests.open(DType.BF16)) {
      new FixtureChecks(SEGMENTATION_BF16, 0, 0, 0).logitsEqualPyTorchs(new Fixture("swin_unet"), backend);
    }
  }

  /** Pixels left out, windows of each stage's own, layer scale, registers and average pooling. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "timm_swin_cropped", "timm_swin_s3", "ms_swin_rectangular", "timm_deit3", "timm_vit_registers_avg"
      })
  void logitsAndGradientsOfOtherShapesEqualPyTorchs(String name) {
    try (Backend backend = CudaBackendsForTests.open(DType.FLOAT32)) {
      FixtureChecks.FLOAT32.logitsEqualPyTorchs(new Fixture(name), backend);
      FixtureChecks.FLOAT32.everyGradientEqualsPyTorchs(new Fixture(name), backend);
    }
  }
}
