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
