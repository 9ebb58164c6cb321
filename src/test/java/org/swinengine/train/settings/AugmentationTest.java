package org.swinengine.train.settings;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.swinengine.data.CropMode;
import org.swinengine.data.ImagePipeline;
import org.swinengine.data.Interpolation;
import org.swinengine.data.Normalize;
import org.swinengine.data.RawImage;
import org.swinengine.inference.Preprocessing;
import org.swinengine.models.Models;
import org.swinengine.train.TrainConfig;

final class AugmentationTest {
  private static final int SIDE = 16;
  private static final Preprocessing INPUT = input(SIDE);
  private static final RawImage PICTURE = picture();

  private static Preprocessing input(int width) {
    return new Preprocessing(
        3, SIDE, width, 1, CropMode.CENTER, Interpolation.BICUBIC, Normalize.IMAGENET);
  }

  private static RawImage picture() {
    byte[] pixels = new byte[20 * 24 * 3];
    new Random(3).nextBytes(pixels);
    return new RawImage(20, 24, 3, pixels);
  }

  /** Settings as {@code name=value}, apart by blanks. */
  private static TrainConfig config(String settings) {
    TrainConfig.Builder builder =
        TrainConfig.forData(null, Models.spec(Models.DEFAULT)).augmentation(Augmentation.NONE);
    for (String setting : settings.isEmpty() ? new String[0] : settings.split(" ")) {
      String[] parts = setting.split("=");
      SettingSpec known =
          TrainConfig.settings().stream().filter(spec -> spec.name().equals(parts[0])).findFirst().get();
      builder.set(parts[0], known.parse(parts[1]));
    }
    return builder.build();
  }

  private static ImagePipeline pipeline(String settings) {
    TrainConfig config = config(settings);
    return config.augmentation().pipeline(INPUT, config.colours());
  }

  /** What a model is shown of a picture in four epochs. */
  private static float[] shown(ImagePipeline pipeline) {
    float[] out = new float[4 * pipeline.floatsPerImage()];
    for (int epoch = 0; epoch < 4; epoch++) {
      pipeline.run(PICTURE, 11, epoch, 0, out, epoch * pipeline.floatsPerImage());
    }
    return out;
  }

  private static float[] shown(String settings) {
    return shown(pipeline(settings));
  }

  @Test
  void everySettingChangesWhatAModelIsShown() {
    Map<String, String> seen = new LinkedHashMap<>();
    seen.put(Arrays.toString(shown("")), "none");
    List<String> settings =
        List.of("flip=0.5", "vflip=0.5", "rotation=30", "quarterTurns=true", "elastic=50", "cropScale=0.2",
            "cropPadding=2", "cropScale=0.2 cropRatioRange=0.3,3", "colorJitter=0.4", "hue=0.3", "gamma=0.5",
            "grayscale=0.5", "gaussianBlur=0.5", "noise=0.1", "erasing=0.6", "erasing=0.6 erasingMode=rand",
            "erasing=0.6 erasingMode=const", "erasing=0.6 erasingCount=3", "autoAugment=rand-m9-mstd0.5-inc1",
            "autoAugment=original", "autoAugment=v0", "autoAugment=3a", "autoAugment=trivialaugmentwide",
            "autoAugment=torchvision");
    for (String setting : settings) {
      assertNull(seen.put(Arrays.toString(shown(setting)), setting), setting + " is as another");
    }
  }

  @Test
  void whatIsOffChangesNoBit() {
    String nothing = "vflip=0 autoAugment=none erasingMode=rand erasingCount=4";
    assertArrayEquals(shown(""), shown(nothing));
    assertEquals(List.of(), config(nothing).varying());
    assertEquals(List.of("`autoAugment` v0", "`noise` 0.1"), config("autoAugment=V0 noise=0.1").varying());
    assertArrayEquals(shown("cropScale=0.4"), shown("cropScale=0.4 cropRatioRange=0.75,1.3333333333333333"));
  }

  /** timm's {@code transforms_imagenet_train}. */
  @Test
  void stepsComeInTheOrderOfTimm() {
    String text =
        pipeline(
            "cropScale=0.08 flip=0.5 vflip=0.5 autoAugment=3a colorJitter=0.3 grayscale=0.1 gaussianBlur=0.1"
                + " erasing=0.25")
            .toString();
    int last = -1;
    for (String step : List.of("RandomResizedCrop", "RandomHorizontalFlip", "RandomVerticalFlip",
        "AutoAugment[3a]", "ColorJitter", "GRAYSCALE", "GaussianBlur", "Normalize", "RandomErasing")) {
      int at = text.indexOf(step);
      assertTrue(at > last, step + " in " + text);
      last = at;
    }
  }

  @Test
  void aPolicyTakesThePlaceOfColorJitterButFor3a() {
    String policy = "autoAugment=rand-m9-mstd0.5-inc1";
    assertArrayEquals(shown(policy), shown(policy + " colorJitter=0.4 hue=0.1"));
    assertFalse(Arrays.equals(shown("autoAugment=3a"), shown("autoAugment=3a colorJitter=0.4")));
  }

  @Test
  void whatIsWrongIsSaid() {
    assertSays("`autoAugment`: the augmentation policy is quick", "autoAugment=quick");
    assertSays("`cropRatioRange` is [2.0], but must be two ascending", "cropRatioRange=2");
    assertSays("`cropRatioRange` is [2.0, 1.0], but", "cropRatioRange=2,1");
    assertSays("`erasingMode` is black, but must be one of const, rand, pixel", "erasingMode=black");
    assertSays("`hue` is 0.6, but must be from 0 to 0.5", "hue=0.6");
    Augmentation turns = config("quarterTurns=true").augmentation();
    String message =
        assertThrows(IllegalArgumentException.class, () -> turns.pipeline(input(SIDE + 4))).getMessage();
    assertEquals("`quarterTurns` needs square images, but the model takes 16x20", message);
  }

  private static void assertSays(String part, String settings) {
    String message = assertThrows(IllegalArgumentException.class, () -> config(settings)).getMessage();
    assertTrue(message.startsWith(part), message);
  }
}
