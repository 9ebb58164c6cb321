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
    "vit_tiny_patch16_224, 5717416",
    "vit_small_patch16_224, 22050664",
    "vit_base_patch16_224, 86567656",
    "vit_base_patch8_224, 86576872",
    "vit_base_patch32_224, 88224232",
    "vit_large_patch16_224, 304326632",
  })
  void vitCountsEqualTimms(String name, long parameters) {
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
