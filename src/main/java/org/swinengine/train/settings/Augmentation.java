package org.swinengine.train.settings;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.swinengine.data.ImagePipeline;
import org.swinengine.data.Interpolation;
import org.swinengine.data.Resize;
import org.swinengine.data.Transform;
import org.swinengine.data.augment.ColorJitter;
import org.swinengine.data.augment.RandomCrop;
import org.swinengine.data.augment.RandomErasing;
import org.swinengine.data.augment.RandomHorizontalFlip;
import org.swinengine.data.augment.RandomResizedCrop;
import org.swinengine.inference.Preprocessing;

/**
 * How training images are varied. Each choice is off at 0.
 *
 * @param flip probability that an image is mirrored left and right
 * @param cropScale smallest share of the area that a random resized crop keeps (0.08 for ImageNet from
 *     scratch); excludes {@code cropPadding}
 * @param cropPadding pixels of black border within which a crop of the image's own size is placed at random
 *     (4 for CIFAR)
 * @param colorJitter largest relative change of brightness, contrast and saturation
 * @param erasing probability that a random rectangle is overwritten with noise
 */
public record Augmentation(
    @Setting(
        help = "Probability of mirroring left and right.",
        usual = "0", label = "P", least = 0, most = 1, byDefault = "0.5") double flip,
    @Setting(
        help = "Smallest share of the area that a random resized crop keeps; 0: no such crop.",
        usual = "0", label = "S", least = 0, most = 1,
        byDefault = "0 on the built-in images, else 0.5") double cropScale,
    @Setting(
        help = "Border within which a crop of the whole size is placed at random.",
        usual = "0", label = "PIXELS", least = 0) int cropPadding,
    @Setting(
        help = "Largest change of brightness, contrast and saturation.",
        usual = "0", label = "J", least = 0, most = 1) double colorJitter,
    @Setting(
        help = "Probability of erasing a rectangle.",
        usual = "0", label = "P", least = 0, most = 1) double erasing) {
  private static final SettingTable<Augmentation> TABLE = SettingTable.of(Augmentation.class);

  /** No variation. */
  public static final Augmentation NONE = TABLE.from(Map.of());

  /** Checks that choices do not exclude each other. */
  public Augmentation {
    if (cropScale > 0 && cropPadding > 0) {
      throw new IllegalArgumentException(
          "a random resized crop (scale " + cropScale + ") and a padded crop (" + cropPadding
              + " pixels) exclude each other; choose one");
    }
  }

  /** These choices, by their names; all others are off. */
  public static Augmentation of(Map<String, ?> choices) {
    return TABLE.from(choices);
  }

  /** The choices that are on, as settings with their values; empty if images do not vary. */
  public List<String> options() {
    return TABLE.changes(this, NONE).stream()
        .map(setting -> "`" + setting.name() + "` " + setting.text(setting.of(this)))
        .toList();
  }

  /** The pipeline of training images that ends in the same input as {@code preprocessing}. */
  public ImagePipeline pipeline(Preprocessing preprocessing) {
    int height = preprocessing.height();
    int width = preprocessing.width();
    List<Transform> steps = new ArrayList<>();
    if (cropScale > 0) {
      steps.add(
          new RandomResizedCrop(height, width, cropScale, 1, 3.0 / 4, 4.0 / 3, Interpolation.BICUBIC));
    } else {
      steps.add(Resize.exactly(height, width, Interpolation.BICUBIC));
    }
    if (cropPadding > 0) {
      steps.add(new RandomCrop(height, width, cropPadding));
    }
    if (flip > 0) {
      steps.add(new RandomHorizontalFlip(flip));
    }
    if (colorJitter > 0) {
      steps.add(new ColorJitter(colorJitter, colorJitter, colorJitter));
    }
    ImagePipeline pipeline =
        ImagePipeline.of(preprocessing.channels(), height, width, steps, preprocessing.normalize());
    return erasing > 0 ? pipeline.withErasing(RandomErasing.standard(erasing)) : pipeline;
  }
}
