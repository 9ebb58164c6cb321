package org.swinengine.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.api.Test;
import org.swinengine.autograd.Parameter;

/** Parameters and multiply-adds against the original repositories' own counts. */
final class ModelCostTest {
  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "swin_tiny_patch4_window7_224, 28288354, 4.4944, 173",
    "swin_small_patch4_window7_224, 49606258, 8.7465, 329",
    "swin_base_patch4_window7_224, 87768224, 15.4385, 329",
    "swin_base_patch4_window12_384, 87903584, 47.1053, 329",
    "swin_large_patch4_window7_224, 196532476, 34.487, 329",
    "swin_large_patch4_window12_384, 196735516, 103.9523, 329",
    "swin_tiny_c24_patch4_window8_256, 28306432, 5.926, 173",
  })
  void swinCountsEqualTheOriginals(String name, long parameters, double giga, int arrays) {
    Model model = Models.create(Models.spec(name));
    assertEquals(parameters, elements(model));
    assertEquals(arrays, model.parameters().size());
    assertEquals(giga, ModelCost.of(model.spec()).operations() / 1e9, 5e-5);
  }

  /**
   * Arrays: the original's keys but for the coordinates, indices and masks that a model computes for itself.
   */
  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "swinv2_tiny_patch4_window8_256, 28347154, 5.9257, 221",
    "swinv2_tiny_patch4_window16_256, 28347154, 6.6052, 221",
    "swinv2_small_patch4_window8_256, 49728418, 11.5149, 425",
    "swinv2_small_patch4_window16_256, 49728418, 12.6473, 425",
    "swinv2_base_patch4_window8_256, 87918816, 20.2857, 425",
    "swinv2_base_patch4_window16_256, 87918816, 21.7956, 425",
    "swinv2_base_patch4_window12_192_22k, 109280841, 11.7822, 425",
    "swinv2_base_patch4_window12to16_192to256_22kto1k_ft, 87918816, 21.7956, 425",
    "swinv2_base_patch4_window12to24_192to384_22kto1k_ft, 87918816, 54.7483, 425",
    "swinv2_large_patch4_window12to16_192to256_22kto1k_ft, 196739932, 47.4909, 425",
    "swinv2_large_patch4_window12to24_192to384_22kto1k_ft, 196739932, 115.4169, 425",
  })
  void swinV2CountsEqualTheOriginals(String name, long parameters, double giga, int arrays) {
    swinCountsEqualTheOriginals(name, parameters, giga, arrays);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "vit_base_patch8_224, 86576872",
    "vit_base_patch14_dinov2, 87348712",
    "vit_base_patch14_reg4_dinov2, 87351016",
    "vit_base_patch16_224, 86567656",
    "vit_base_patch16_384, 86859496",
    "vit_base_patch32_224, 88224232",
    "vit_base_patch32_384, 88297192",
    "vit_giant_patch14_224, 1012611432",
    "vit_gigantic_patch14_224, 1844440680",
    "vit_huge_patch14_224, 632045800",
    "vit_large_patch14_224, 304203752",
    "vit_large_patch14_dinov2, 305392616",
    "vit_large_patch14_reg4_dinov2, 305395688",
    "vit_large_patch16_224, 304326632",
    "vit_large_patch16_384, 304715752",
    "vit_large_patch32_224, 306535400",
    "vit_large_patch32_384, 306632680",
    "vit_small_patch8_224, 22055272",
    "vit_small_patch14_dinov2, 22441192",
    "vit_small_patch14_reg4_dinov2, 22442344",
    "vit_small_patch16_224, 22050664",
    "vit_small_patch16_384, 22196584",
    "vit_small_patch32_224, 22878952",
    "vit_small_patch32_384, 22915432",
    "vit_tiny_patch16_224, 5717416",
    "vit_tiny_patch16_384, 5790376",
    "deit3_base_patch16_224, 86585320",
    "deit3_base_patch16_384, 86877160",
    "deit3_huge_patch14_224, 632126440",
    "deit3_large_patch16_224, 304374760",
    "deit3_large_patch16_384, 304763880",
    "deit3_medium_patch16_224, 38849512",
    "deit3_small_patch16_224, 22059496",
    "deit3_small_patch16_384, 22205416",
    "deit_base_distilled_patch16_224, 87338192",
    "deit_base_distilled_patch16_384, 87630032",
    "deit_base_patch16_224, 86567656",
    "deit_base_patch16_384, 86859496",
    "deit_small_distilled_patch16_224, 22436432",
    "deit_small_patch16_224, 22050664",
    "deit_tiny_distilled_patch16_224, 5910800",
    "deit_tiny_patch16_224, 5717416",
    "swin_base_patch4_window7_224, 87768224",
    "swin_base_patch4_window12_384, 87903584",
    "swin_large_patch4_window7_224, 196532476",
    "swin_large_patch4_window12_384, 196735516",
    "swin_s3_base_224, 71125762",
    "swin_s3_small_224, 49737298",
    "swin_s3_tiny_224, 28328674",
    "swin_small_patch4_window7_224, 49606258",
    "swin_tiny_patch4_window7_224, 28288354",
    "swinv2_base_window8_256, 87918816",
    "swinv2_base_window12_192, 87918816",
    "swinv2_base_window12to16_192to256, 87918816",
    "swinv2_base_window12to24_192to384, 87918816",
    "swinv2_base_window16_256, 87918816",
    "swinv2_large_window12_192, 196739932",
    "swinv2_large_window12to16_192to256, 196739932",
    "swinv2_large_window12to24_192to384, 196739932",
    "swinv2_small_window8_256, 49728418",
    "swinv2_small_window16_256, 49728418",
    "swinv2_tiny_window8_256, 28347154",
    "swinv2_tiny_window16_256, 28347154",
  })
  void countsEqualTimms(String name, long parameters) {
    assertEquals(parameters, elements(Models.create(Models.spec(name).withClasses(1000))));
  }

  /** torchvision's own ViTs at the sizes of its SWAG weights, which timm does not name. */
  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "vit_b_16, 86567656", "vit_b_32, 88224232", "vit_l_16, 304326632", "vit_l_32, 306535400",
    "vit_b_16.IMAGENET1K_SWAG_E2E_V1, 86859496", "vit_l_16.IMAGENET1K_SWAG_E2E_V1, 305174504",
    "vit_h_14.IMAGENET1K_SWAG_E2E_V1, 633470440", "vit_h_14.IMAGENET1K_SWAG_LINEAR_V1, 632045800",
    "swin_t, 28288354", "swin_s, 49606258", "swin_b, 87768224"
  })
  void countsEqualTorchvisions(String name, long parameters) {
    assertEquals(parameters, elements(Models.create(Models.spec(name))));
  }

  /** Counts of the original's models for ImageNet-22k, and of Swin-Unet. */
  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "swin_tiny_patch4_window7_224_22k, 44315083",
    "swinv2_base_patch4_window12_192_22k, 109280841",
    "swin_unet_tiny_patch4_window7_224, 27168900"
  })
  void countsEqualTheOriginals(String name, long parameters) {
    assertEquals(parameters, elements(Models.create(Models.spec(name))));
  }

  @Test
  void theNanoModelIsTheRecipes() {
    assertEquals(137_000, elements(Models.create(Models.spec("swin_nano_patch2_window7_28"))), 1000);
  }

  @Test
  void windowAttentionCostsLessThanGlobalButForTheStageThatIsOneWindow() {
    ModelCost cost = ModelCost.of(Models.spec("swin_tiny_patch4_window7_224"));
    for (ModelCost.Stage stage : cost.stages()) {
      if (stage.name().equals("layers.3")) {
        assertEquals(stage.globalAttention(), stage.windowAttention());
      } else if (stage.name().startsWith("layers.")) {
        assertTrue(stage.windowAttention() < stage.globalAttention(), stage.name());
      }
    }
  }

  private static long elements(Model model) {
    return model.parameters().stream().map(Parameter::shape).mapToLong(shape -> shape.elements()).sum();
  }
}
