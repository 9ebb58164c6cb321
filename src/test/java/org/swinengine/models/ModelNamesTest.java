package org.swinengine.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.swinengine.models.swin.SwinConfig;
import org.swinengine.models.swinv2.SwinV2Config;
import org.swinengine.models.vit.VitConfig;
import org.swinengine.nn.WindowPolicy;
import org.swinengine.weights.Dialect;

/** The names of other implementations, and what they say beside the shape. */
final class ModelNamesTest {
  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "swin_tiny_patch4_window7_224.ms_in1k, swin_tiny_patch4_window7_224, 1000",
    "swin_tiny_patch4_window7_224.ms_in22k, swin_tiny_patch4_window7_224, 21841",
    "swin_tiny_patch4_window7_224.ms_in22k_ft_in1k, swin_tiny_patch4_window7_224, 1000",
    "timm/swin_large_patch4_window12_384.ms_in22k, swin_large_patch4_window12_384, 21841",
    "vit_base_patch16_224.augreg_in21k, vit_base_patch16_224, 21843",
    "vit_base_patch16_224.augreg_in21k_ft_in1k, vit_base_patch16_224, 1000",
    "vit_base_patch16_224_in21k, vit_base_patch16_224, 21843",
    "swin_base_patch4_window7_224_22k, swin_base_patch4_window7_224, 21841",
    "swin_base_patch4_window7_224_in22k, swin_base_patch4_window7_224, 21841",
    "swin_base_patch4_window12_384_22kto1k_finetune, swin_base_patch4_window12_384, 1000",
    "swin_base_patch4_window12_384_finetune, swin_base_patch4_window12_384, 1000",
    "swinv2_base_window12_192.ms_in22k, swinv2_base_patch4_window12_192_22k, 21841",
    "swinv2_base_window12_192_22k, swinv2_base_patch4_window12_192_22k, 21841",
    "swinv2_tiny_window16_256, swinv2_tiny_patch4_window16_256, 1000",
    "swinv2_large_window12to24_192to384_22kft1k, swinv2_large_patch4_window12to24_192to384_22kto1k_ft, 1000",
    "swin_s3_tiny_224.ms_in1k, swin_s3_tiny_224, 1000",
    "swin_v2_b.IMAGENET1K_V1, swinv2_base_patch4_window8_256, 1000",
    "vit_l_16.IMAGENET1K_SWAG_E2E_V1, vit_large_patch16_512, 1000",
    "microsoft/swin-base-patch4-window12-384-in22k, swin_base_patch4_window12_384, 21841",
    "microsoft/swinv2-base-patch4-window12to16-192to256-22kto1k-ft, "
        + "swinv2_base_patch4_window12to16_192to256_22kto1k_ft, 1000",
    "google/vit-huge-patch14-224-in21k, vit_huge_patch14_224, 21843",
    "facebook/deit-base-distilled-patch16-384, deit_base_distilled_patch16_384, 1000",
  })
  void anAliasIsAModelOfTheTableWithItsClasses(String alias, String name, int classes) {
    ModelSpec spec = Models.spec(alias);
    assertEquals(name, spec.name());
    assertEquals(classes, spec.classes());
    assertTrue(Models.isKnown(alias));
    ModelSpec plain = Models.spec(name);
    assertEquals(plain.imageHeight(), spec.imageHeight());
    assertEquals(plain.architecture().getClass(), spec.architecture().getClass());
  }

  @Test
  void anAliasFollowsItsImplementation() {
    assertEquals(null, swin("swin_tiny_patch4_window7_224").policy());
    assertEquals(null, swin("swin_tiny_patch4_window7_224_22k").policy());
    assertEquals(WindowPolicy.TIMM, swin("swin_tiny_patch4_window7_224.ms_in1k").policy());
    assertEquals(WindowPolicy.TORCHVISION, swin("swin_t").policy());
    assertEquals(WindowPolicy.HUGGING_FACE, swin("microsoft/swin-tiny-patch4-window7-224").policy());
    SwinV2Config second = (SwinV2Config) Models.spec("swin_v2_t").architecture();
    assertEquals(WindowPolicy.TORCHVISION, second.layout().policy());
    assertEquals(1e-12, vit("google/vit-base-patch16-224").epsilon());
    assertEquals(1e-12, vit("facebook/deit-tiny-patch16-224").epsilon());
    assertEquals(1e-6, vit("vit_b_16").epsilon());
  }

  /** A model that is only named takes the rules of the implementation whose weights it gets. */
  @Test
  void aPlainNameLeavesTheRulesToTheWeights() {
    ModelSpec spec = Models.spec("vit_base_patch16_224");
    assertEquals(1e-6, ((VitConfig) spec.architecture()).epsilon());
    ModelSpec loaded = DialectSemantics.apply(spec, Dialect.HUGGING_FACE);
    assertEquals(1e-12, ((VitConfig) loaded.architecture()).epsilon());
    assertEquals(loaded, DialectSemantics.apply(loaded, Dialect.TIMM), "what is decided stays");
  }

  @Test
  void theOriginalsStochasticDepth() {
    assertEquals(0.1, Models.spec("swin_tiny_patch4_window7_224_22k").dropPathRate());
    assertEquals(0.2, Models.spec("swin_base_patch4_window7_224_22kto1k_finetune").dropPathRate());
    assertEquals(0.5, Models.spec("swin_base_patch4_window12_384_finetune").dropPathRate());
  }

  @Test
  void stagesOfS3HaveWindowsOfTheirOwn() {
    SwinConfig tiny = swin("swin_s3_tiny_224");
    assertEquals(List.of(7, 7, 14, 7), tiny.stageWindows());
    assertEquals(14, tiny.window(2)[0]);
    assertEquals(List.of(14, 14, 14, 7), swin("swin_s3_small_224").stageWindows());
    assertEquals(List.of(2, 2, 30, 2), swin("swin_s3_base_224").depths());
  }

  @Test
  void everyModelHasAFamily() {
    assertEquals("Swin Transformer V2", Models.family("swinv2_tiny_patch4_window8_256"));
    assertEquals("DeiT III", Models.family("deit3_huge_patch14_224"));
    assertEquals("Swin-Unet", Models.family("swin_unet_tiny_patch4_window7_224"));
    assertTrue(Models.names().stream().noneMatch(name -> Models.family(name).isEmpty()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "swin_tiny_patch4_window7_224.", "swin_tiny_patch4_window7_224.mae", "google/", "/",
        "nobody/vit-base-patch16-224", "swin_t.IMAGENET1K_SWAG_E2E_V1",
        "swinv2_tiny_window99_256", "_22k", "", "vit_b_16.augreg_in1k"
      })
  void whatNobodyPublishedIsUnknown(String name) {
    assertFalse(Models.isKnown(name));
    ModelConfigException error = assertThrows(ModelConfigException.class, () -> Models.spec(name));
    assertTrue(error.getMessage().contains("there is no model named " + name), error.getMessage());
  }

  @Test
  void torchvisionsNamesAreSuggestedToo() {
    ModelConfigException error = assertThrows(ModelConfigException.class, () -> Models.spec("swin_v2_ti"));
    assertTrue(error.getMessage().contains("did you mean swin_v2_t?"), error.getMessage());
  }

  private static SwinConfig swin(String name) {
    return (SwinConfig) Models.spec(name).architecture();
  }

  private static VitConfig vit(String name) {
    return (VitConfig) Models.spec(name).architecture();
  }
}
