package org.swinengine.train.recipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.swinengine.data.Dataset;
import org.swinengine.data.RawImage;
import org.swinengine.models.ImageShape;
import org.swinengine.models.Models;
import org.swinengine.train.TrainConfig;
import org.swinengine.train.settings.LossSettings;

final class ChoiceTest {
  /**
   * Images of one size, with a colour or without.
   *
   * @param dim so many of five are in the dark, with a deviation of 3 levels
   */
  private record Pictures(int size, int height, int width, int channels, boolean coloured, int dim)
      implements Dataset {
    @Override
    public List<String> classNames() {
      return List.of("a", "b");
    }

    @Override
    public int label(int index) {
      return index % 2;
    }

    @Override
    public RawImage load(int index) {
      byte[] pixels = new byte[height * width * channels];
      int high = index % 5 < dim ? 6 : 200;
      for (int i = 0; i < pixels.length; i++) {
        pixels[i] = (byte) (i / channels % 2 * high);
      }
      if (coloured) {
        pixels[pixels.length - 1] ^= 50;
      }
      return new RawImage(height, width, channels, pixels);
    }

    @Override
    public String name(int index) {
      return "picture " + index;
    }

    @Override
    public String description() {
      return "pictures";
    }
  }

  private static DataProfile profile(int size, int height, int width, int channels, boolean coloured)
      throws IOException {
    return DataProfile.of(new Pictures(size, height, width, channels, coloured, 0));
  }

  @Test
  void aProfileSeesColoursAndTheShorterSide() throws IOException {
    assertEquals(new DataProfile(300, 2, true, 240, 1, 0), profile(300, 240, 320, 3, true));
    assertEquals(new DataProfile(9, 2, false, 28, 1.25, 0), profile(9, 30, 28, 3, false),
        "three equal channels");
    assertEquals(new DataProfile(9, 2, false, 30, 1.25, 0), profile(9, 30, 40, 1, false));
  }

  @Test
  void photographsAreLearntInColourAtASizeOfTheirOwn() throws IOException {
    Choice photographs = Choice.of(profile(240, 240, 320, 3, true), false, 2, Map.of());
    assertEquals(112, photographs.side());
    assertEquals(3, photographs.channels());
    assertEquals("small-data", photographs.recipe());
    assertFalse(photographs.pretrained());
    assertEquals(100, photographs.settings().get("epochs"));
    Choice digits = Choice.of(profile(60_000, 28, 28, 1, false), false, 2, Map.of());
    assertEquals(28, digits.side());
    assertEquals(1, digits.channels());
    assertEquals(2, digits.settings().get("epochs"), "60,000 images are many for a processor");
  }

  /** As radiographs: a mean of 28 × 28 pixels, ten of a class for each of the other. */
  @Test
  void greyPicturesVaryInExposureAndRareClassesCountForMore() {
    Choice grey = Choice.of(new DataProfile(3_900, 2, false, 28, 9, 0), false, 2, Map.of());
    assertEquals(LossSettings.ClassWeighting.EFFECTIVE, grey.settings().get("classWeights"));
    assertEquals(0.4, grey.settings().get("gamma"));
    assertEquals(25, grey.settings().get("epochs"), "3,000 steps");
    assertEquals(4, grey.reasons().size(), grey::toString);
    Choice even = Choice.of(new DataProfile(3_900, 2, false, 28, 1.9, 0), false, 2, Map.of());
    assertFalse(even.settings().containsKey("classWeights"), even::toString);
    Choice many = Choice.of(new DataProfile(60_000, 10, false, 28, 1, 0), false, 2, Map.of());
    assertEquals(Set.of("epochs", "batchSize"), many.settings().keySet(), "too few epochs to vary much");
    Choice colour = Choice.of(new DataProfile(3_900, 2, true, 28, 9, 0), false, 2, Map.of());
    assertEquals(Set.of("epochs", "batchSize", "classWeights"), colour.settings().keySet());
    Choice own =
        Choice.of(
            new DataProfile(3_900, 2, true, 28, 9, 0), false, 2,
            Map.of("sampling", LossSettings.Sampling.SHUFFLE));
    assertEquals(Set.of("epochs", "batchSize"), own.settings().keySet(), "the user has said it");
    Choice mixed = Choice.of(new DataProfile(3_900, 2, true, 28, 9, 0), false, 2, Map.of("cutmix", 1.0));
    assertEquals(Set.of("epochs", "batchSize", "sampling"), mixed.settings().keySet());
  }

  /** As micrographs: fluorescence, which is dark, and transmission, which is bright. */
  @Test
  void picturesAreNormalizedEachWhereManyAreLostBesideOthers() throws IOException {
    DataProfile dim = DataProfile.of(new Pictures(300, 64, 64, 3, true, 2));
    assertEquals(0.5, dim.lost(), "24 of 48 at equal distances");
    Choice each = Choice.of(dim, false, 2, Map.of());
    assertEquals(true, each.settings().get("normalizeEach"));
    assertTrue(each.reasons().get(2).startsWith("`normalizeEach`, since of 50 % of the pictures"),
        each::toString);
    for (Map<String, Object> said : List.<Map<String, Object>>of(
        Map.of("normalizeEach", false), Map.of("mean", List.of(0.5)), Map.of("std", List.of(0.1)),
        Map.of("teacher", "teacher.safetensors"))) {
      assertFalse(Choice.of(dim, false, 2, said).settings().containsKey("normalizeEach"), said::toString);
    }
    DataProfile few = new DataProfile(3_900, 2, true, 28, 1, 0.19);
    assertFalse(Choice.of(few, false, 2, Map.of()).settings().containsKey("normalizeEach"));
    Choice grey = Choice.of(new DataProfile(3_900, 2, false, 28, 1, 0.2), false, 2, Map.of());
    assertEquals(true, grey.settings().get("normalizeEach"));
    assertEquals(0.4, grey.settings().get("gamma"));
    assertFalse(grey.settings().containsKey("noise"), "dim pictures drown in it");
  }

  /** In colour all are divided by ImageNet's deviation, so that all of them may be lost. */
  @Test
  void picturesThatAreAllDimAreLostInColourAlone() throws IOException {
    assertEquals(1, DataProfile.of(new Pictures(9, 64, 64, 3, true, 5)).lost());
    assertEquals(0, DataProfile.of(new Pictures(9, 64, 64, 1, false, 5)).lost());
  }

  @Test
  void weightsAtHandAreTunedWholeWhereThatTakesMinutes() throws IOException {
    Choice few = Choice.of(profile(240, 240, 320, 3, true), true, 2, Map.of());
    assertTrue(few.pretrained());
    assertEquals("finetune", few.recipe());
    assertEquals(224, few.side());
    Choice many = Choice.of(profile(5_000, 240, 320, 3, true), true, 2, Map.of());
    assertEquals("linear-probe", many.recipe());
    assertTrue(many.reasons().get(1).contains("features that are computed once"), many::toString);
    assertEquals("finetune", Choice.of(profile(5_000, 240, 320, 3, true), true, 0, Map.of()).recipe(),
        "on a GPU");
  }

  @Test
  void whatIsChosenCanBeBuilt() throws IOException {
    for (int side : List.of(10, 28, 64, 240)) {
      Choice choice = Choice.of(profile(100, side, side, 3, true), false, 2, Map.of());
      TrainConfig.Builder builder =
          TrainConfig.forData(
              null,
              ImageShape.of(choice.side(), choice.side()).withChannels(choice.channels())
                  .applyTo(Models.spec(choice.model())));
      Recipe.named(choice.recipe()).applyTo(builder);
      choice.settings().forEach(builder::set);
      assertEquals("small-data", builder.build().passes().recipe());
    }
  }

  /** config.py of the original Swin repository, and what timm's loader is told there. */
  @Test
  void swinPaperIsTheOriginalsRecipe() {
    TrainConfig.Builder builder = TrainConfig.forData(null, Models.spec(Models.DEFAULT)).batchSize(1024);
    Recipe.named("swin-paper").applyTo(builder);
    TrainConfig config = builder.build();
    assertEquals(300, config.epochs());
    assertEquals(1e-3, config.learningRate(), 1e-12);
    assertEquals(1e-5, config.minimumRate(), 1e-12);
    assertEquals(1e-6, config.warmupRate(), 1e-12);
    assertEquals(20 * 7, config.warmup(7));
    assertEquals(5, config.optimization().clipNorm());
    assertEquals(
        List.of("`flip` 0.5", "`cropScale` 0.08", "`colorJitter` 0.4", "`erasing` 0.25",
            "`autoAugment` rand-m9-mstd0.5-inc1", "`mixup` 0.8", "`cutmix` 1"),
        config.varying());
  }

  /** 20 of 300 epochs; as long as the run has more of them, the recipe's own warm-up stays. */
  @Test
  void aShortRunHasAShortWarmup() {
    Recipe paper = Recipe.named("swin-paper");
    List<String> said = new ArrayList<>();
    assertSame(paper, paper.lasting(Map.of("epochs", 21), said::add));
    assertSame(paper, paper.lasting(Map.of("epochs", 5, "warmupEpochs", 1.0), said::add));
    assertSame(paper, paper.lasting(Map.of("epochs", 5, "warmupSteps", 7), said::add));
    assertSame(paper, paper.lasting(Map.of(), said::add));
    assertEquals(List.of(), said);
    TrainConfig.Builder builder = TrainConfig.forData(null, Models.spec(Models.DEFAULT));
    paper.lasting(Map.of("epochs", 3), said::add).applyTo(builder);
    TrainConfig config = builder.epochs(3).build();
    assertEquals(0.2, config.optimization().warmupEpochs(), 1e-12);
    assertEquals(20, config.warmup(100));
    assertEquals(1, said.size());
    assertTrue(
        said.get(0).startsWith("`warmupEpochs` 0.200, since 3 epochs are a part of the 300"), said.get(0));
  }

  @Test
  void everyRecipeIsInRangeByItself() {
    for (Recipe recipe : Recipe.all()) {
      TrainConfig.Builder builder = TrainConfig.forData(null, Models.spec(Models.DEFAULT));
      recipe.applyTo(builder);
      assertEquals(recipe.name(), builder.build().passes().recipe());
      assertTrue(recipe.description().endsWith("."), recipe.name());
    }
    Recipe probe = Recipe.named("linear-probe");
    probe.requireFitting(true);
    Recipe.named("scratch").requireFitting(false);
    assertTrue(
        assertThrows(IllegalArgumentException.class, () -> probe.requireFitting(false)).getMessage()
            .contains("`pretrained`"));
    String message =
        assertThrows(IllegalArgumentException.class, () -> Recipe.named("quick")).getMessage();
    assertTrue(message.startsWith("`recipe` is quick, but must be one of scratch, finetune,"), message);
  }
}
