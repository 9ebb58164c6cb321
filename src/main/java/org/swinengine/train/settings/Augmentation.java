package org.swinengine.train.settings;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.swinengine.data.ImagePipeline;
import org.swinengine.data.Interpolation;
import org.swinengine.data.Resize;
import org.swinengine.data.Transform;
import org.swinengine.data.augment.AugmentationPolicy;
import org.swinengine.data.augment.AutoAugment;
import org.swinengine.data.augment.ElasticDeformation;
import org.swinengine.data.augment.FillColor;
import org.swinengine.data.augment.RandAugment;
import org.swinengine.data.augment.RandomCrop;
import org.swinengine.data.augment.RandomErasing;
import org.swinengine.data.augment.RandomHorizontalFlip;
import org.swinengine.data.augment.RandomResizedCrop;
import org.swinengine.data.augment.RandomRotation;
import org.swinengine.data.augment.RandomTurn;
import org.swinengine.data.augment.RandomVerticalFlip;
import org.swinengine.inference.Preprocessing;

/**
 * How training images are varied: where their pixels stand, and by policies. Each choice is off at 0. What
 * timm has comes in the order of its {@code transforms_imagenet_train}: crop, mirroring, policy, colours,
 * random erasing; turns and deformations stand before the policy.
 *
 * @param flip probability that an image is mirrored left and right
 * @param cropScale smallest share of the area that a random resized crop keeps (0.08 for ImageNet from
 *     scratch); excludes {@code cropPadding}
 * @param cropPadding pixels of black border within which a crop of the image's own size is placed at random
 *     (4 for CIFAR)
 * @param colorJitter largest relative change of brightness, contrast and saturation
 * @param erasing probability that random rectangles are overwritten
 * @param vflip probability that an image is mirrored top and bottom
 * @param rotation largest angle in degrees by which an image is turned either way; corners become black
 * @param quarterTurns whether an image is turned by 0, 90, 180 or 270 degrees
 * @param elastic strength of an elastic deformation, torchvision's α with its σ of 5 pixels
 * @param cropRatioRange smallest and largest width / height of a random resized crop; empty: 3/4 and 4/3
 * @param autoAugment policy as {@link AugmentationPolicy#parse} reads it; empty or none: there is none
 * @param erasingMode what the rectangles are overwritten with
 * @param erasingCount number of rectangles, which share the area of one
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
        usual = "0", label = "P", least = 0, most = 1) double erasing,
    @Setting(
        help = "Probability of mirroring top and bottom.",
        usual = "0", label = "P", least = 0, most = 1) double vflip,
    @Setting(
        help = "Turn by an angle of up to so many degrees either way.",
        usual = "0", label = "DEGREES", least = 0, most = 180) double rotation,
    @Setting(
        help = "Turn by 0, 90, 180 or 270 degrees, each as often; images must be square.",
        usual = "false") boolean quarterTurns,
    @Setting(
        help = "Strength of an elastic deformation, such as 50.",
        usual = "0", label = "A", least = 0, most = 1e6) double elastic,
    @Setting(
        help = "Least and largest width / height of a random resized crop.",
        usual = "", label = "R,R", byDefault = "0.75,1.3333") List<Double> cropRatioRange,
    @Setting(
        help = "Policy of augmentation: rand-m9-mstd0.5-inc1, original, v0, 3a, trivialaugmentwide,"
            + " torchvision. As in timm, a policy but 3a switches `colorJitter` and `hue` off.",
        usual = "", label = "POLICY", byDefault = "none") String autoAugment,
    @Setting(
        help = "What rectangles are erased with: black (const), a colour (rand), noise (pixel).",
        usual = "pixel", label = "MODE") RandomErasing.Mode erasingMode,
    @Setting(
        help = "Rectangles that are erased.",
        usual = "1", least = 1, most = 100) int erasingCount) {
  private static final SettingTable<Augmentation> TABLE = SettingTable.of(Augmentation.class);

  /** No variation. */
  public static final Augmentation NONE = TABLE.from(Map.of());

  /** Checks that choices do not exclude each other, and what a text says. */
  public Augmentation {
    cropRatioRange = List.copyOf(cropRatioRange);
    autoAugment = autoAugment.strip().toLowerCase(Locale.ROOT);
    if (autoAugment.equals("none")) {
      autoAugment = "";
    }
    if (cropScale > 0 && cropPadding > 0) {
      throw new IllegalArgumentException(
          "a random resized crop (scale " + cropScale + ") and a padded crop (" + cropPadding
              + " pixels) exclude each other; choose one");
    }
    boolean ratios =
        cropRatioRange.isEmpty()
            || cropRatioRange.size() == 2 && cropRatioRange.get(0) > 0
                && cropRatioRange.get(1) >= cropRatioRange.get(0)
                && cropRatioRange.get(1) <= 1000;
    if (!ratios) {
      throw new IllegalArgumentException(
          "`cropRatioRange` is " + cropRatioRange + ", but must be two ascending numbers above 0, such as"
              + " 0.75,1.3333");
    }
    if (!autoAugment.isEmpty()) {
      try {
        AugmentationPolicy.parse(autoAugment, FillColor.BLACK);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException("`autoAugment`: " + e.getMessage(), e);
      }
    }
  }

  /** These choices, by their names; all others are off. */
  public static Augmentation of(Map<String, ?> choices) {
    return TABLE.from(choices);
  }

  /** The choices that are on, as settings with their values; empty if images do not vary. */
  public List<String> options() {
    // Those say nothing by themselves.
    List<String> how = List.of("cropRatioRange", "erasingMode", "erasingCount");
    return TABLE.changes(this, NONE).stream()
        .filter(setting -> !how.contains(setting.name()))
        .map(setting -> "`" + setting.name() + "` " + setting.text(setting.of(this)))
        .toList();
  }

  /** Whether colours are jittered: timm's policies do that themselves, but for 3-Augment. */
  private boolean jitters() {
    return autoAugment.isEmpty() || autoAugment.contains("3a");
  }

  /** The pipeline of training images that ends in the same input as {@code preprocessing}. */
  public ImagePipeline pipeline(Preprocessing preprocessing) {
    return pipeline(preprocessing, Colours.NONE);
  }

  /**
   * The same with changes of colours.
   *
   * @throws IllegalArgumentException if quarter turns would change an image's shape
   */
  public ImagePipeline pipeline(Preprocessing preprocessing, Colours colours) {
    int height = preprocessing.height();
    int width = preprocessing.width();
    List<Transform> steps = new ArrayList<>();
    addPlaces(steps, height, width);
    if (!autoAugment.isEmpty()) {
      steps.add(policy(FillColor.ofMean(preprocessing.normalize())));
    }
    colours.addTo(steps, jitters() ? colorJitter : 0, jitters());
    ImagePipeline pipeline =
        ImagePipeline.of(preprocessing.channels(), height, width, steps, preprocessing.normalize());
    return erasing > 0
        ? pipeline.withErasing(
            RandomErasing.standard(erasing).withMode(erasingMode).withCount(erasingCount, erasingCount))
        : pipeline;
  }

  /** What moves pixels. */
  private void addPlaces(List<Transform> steps, int height, int width) {
    if (cropScale > 0) {
      boolean usual = cropRatioRange.isEmpty();
      steps.add(
          new RandomResizedCrop(
              height, width, cropScale, 1, usual ? 3.0 / 4 : cropRatioRange.get(0),
              usual ? 4.0 / 3 : cropRatioRange.get(1), Interpolation.BICUBIC));
    } else {
      steps.add(Resize.exactly(height, width, Interpolation.BICUBIC));
    }
    if (cropPadding > 0) {
      steps.add(new RandomCrop(height, width, cropPadding));
    }
    if (flip > 0) {
      steps.add(new RandomHorizontalFlip(flip));
    }
    if (vflip > 0) {
      steps.add(new RandomVerticalFlip(vflip));
    }
    if (quarterTurns) {
      if (height != width) {
        throw new IllegalArgumentException(
            "`quarterTurns` needs square images, but the model takes " + height + "x" + width);
      }
      steps.add(new RandomTurn(false));
    }
    if (rotation > 0) {
      steps.add(new RandomRotation(rotation));
    }
    if (elastic > 0) {
      steps.add(new ElasticDeformation(elastic, 5, FillColor.BLACK));
    }
  }

  /** The policy with the filter of the crop, as timm hands it on. */
  private Transform policy(FillColor fill) {
    Transform policy = AugmentationPolicy.parse(autoAugment, fill);
    if (policy instanceof RandAugment rand) {
      return rand.withInterpolation(Interpolation.BICUBIC);
    }
    return policy instanceof AutoAugment auto ? auto.withInterpolation(Interpolation.BICUBIC) : policy;
  }
}
