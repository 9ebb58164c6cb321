package org.swinengine.inference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.swinengine.data.CropMode;
import org.swinengine.data.Interpolation;
import org.swinengine.data.Normalize;
import org.swinengine.models.InputConvention;
import org.swinengine.models.ModelFamilies;
import org.swinengine.models.Models;
import org.swinengine.models.ParameterNames;
import org.swinengine.pretrained.PublishedCheckpoint;
import org.swinengine.pretrained.PublishedCheckpoints;

final class PreprocessingTest {
  private static final Preprocessing SQUASHED =
      Preprocessing.of(Models.spec("swin_tiny_patch4_window7_224"), 1);

  /** timm's transforms_imagenet_eval, Microsoft's build_transform, Transformers' image processors. */
  @ParameterizedTest
  @CsvSource({
    "timm, vit, 384, 1, CENTER", "timm, swin, 224, 0.9, CENTER", "microsoft, swin, 224, 0.875, CENTER",
    "microsoft, swin, 384, 1, SQUASH", "hf, swin, 224, 1, SQUASH", "hf, vit, 224, 1, SQUASH",
    "torchvision, vit, 384, 1, CENTER", "timm, vit, 28, 1, SQUASH"
  })
  void publishersCropOrSquash(String dialect, String family, int rows, double ratio, CropMode mode) {
    InputConvention convention =
        InputConvention.of(
            ModelFamilies.find(family).orElseThrow(), ParameterNames.dialect(dialect), rows, Set.of(), "");
    Preprocessing result =
        Preprocessing.of(Models.spec("vit_base_patch16_224").withImage(rows, rows, 3), convention);
    assertEquals(ratio, result.cropRatio());
    assertEquals(mode, result.cropMode());
  }

  @Test
  void aSmallerPartIsCutOutUnlessSquashingIsTheWay() {
    assertEquals(CropMode.CENTER, SQUASHED.withCropRatio(0.9).cropMode());
    Preprocessing deit = SQUASHED.withCropRatio(0.875).withCropMode(CropMode.SQUASH);
    assertEquals(CropMode.SQUASH, deit.withCropRatio(0.9).cropMode());
    assertEquals(CropMode.CENTER, SQUASHED.withCropRatio(0.9).withCropRatio(1).cropMode());
  }

  @Test
  void stepsFollowTheMode() {
    assertSteps("Resize[height=224, width=224, interpolation=BICUBIC]]", SQUASHED);
    Preprocessing swin = SQUASHED.withCropRatio(0.875);
    assertSteps("Resize[height=256, width=0, interpolation=BICUBIC], CenterCrop[height=224, width=224]",
        swin);
    Preprocessing large = SQUASHED.withCropMode(CropMode.CENTER);
    assertSteps("Resize[height=224, width=0, interpolation=BICUBIC], CenterCrop[height=224, width=224]",
        large);
    Preprocessing deit = SQUASHED.withCropRatio(0.875).withCropMode(CropMode.SQUASH);
    assertSteps("Resize[height=256, width=256, interpolation=BICUBIC], CenterCrop[height=224, width=224]",
        deit);
  }

  private static void assertSteps(String part, Preprocessing preprocessing) {
    String steps = preprocessing.pipeline().toString();
    assertTrue(steps.contains(part), steps);
  }

  @Test
  void jsonReadsBack() {
    Preprocessing odd = SQUASHED.withCropRatio(0.8).withCropMode(CropMode.SQUASH);
    assertEquals(odd.toJson(), Preprocessing.fromJson(odd.toJson(), "test").toJson());
    assertFalse(odd.toJson().contains("exif"), "bytes of older checkpoints stay");
    assertFalse(odd.toJson().contains("each"), "bytes of older checkpoints stay");
    Preprocessing each = odd.withNormalize(Normalize.ofEach(odd.channels()));
    assertTrue(Preprocessing.fromJson(each.toJson(), "test").normalize().isOfEach());
    assertEquals(each.toJson(), Preprocessing.fromJson(each.toJson(), "test").toJson());
    Preprocessing turning = odd.withExifOrientation(true).withCropRatio(0.7).withNormalize(odd.normalize());
    assertTrue(Preprocessing.fromJson(turning.toJson(), "test").exifOrientation());
    assertTrue(turning.decoding().exifOrientation());
    assertFalse(Preprocessing.fromJson(odd.toJson(), "test").exifOrientation());
    String older = odd.toJson().replace("\"crop_mode\":\"squash\",", "");
    assertEquals(CropMode.CENTER, Preprocessing.fromJson(older, "test").cropMode());
    assertEquals(CropMode.SQUASH, Preprocessing.fromJson(older.replace("0.8", "1.0"), "test").cropMode());
  }

  @Test
  void imagesArePreparedAsThePublisherDoes() {
    PublishedCheckpoint published = PublishedCheckpoints.named("vit_b_16.IMAGENET1K_V1");
    Preprocessing usual =
        new Preprocessing(
            3, 224, 224, 1, CropMode.SQUASH, Interpolation.BICUBIC,
            new Normalize(new float[3], new float[] {1, 1, 1}));
    Preprocessing own = usual.asPublished(published);
    assertEquals(Interpolation.BILINEAR, own.interpolation());
    assertEquals(0.875, own.cropRatio());
    assertArrayEquals(Normalize.IMAGENET.mean(), own.normalize().mean());
    assertArrayEquals(Normalize.IMAGENET.std(), own.normalize().std());
  }
}
