package org.swinengine.train;

import java.util.ArrayList;
import java.util.List;
import org.swinengine.data.augment.ColorJitter;
import org.swinengine.data.ImagePipeline;
import org.swinengine.data.Interpolation;
import org.swinengine.data.augment.RandomCrop;
import org.swinengine.data.augment.RandomErasing;
import org.swinengine.data.augment.RandomHorizontalFlip;
import org.swinengine.data.augment.RandomResizedCrop;
import org.swinengine.data.Resize;
import org.swinengine.data.Transform;
import org.swinengine.inference.Preprocessing;
import org.swinengine.train.tuning.Range;

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
    double flip, double cropScale, int cropPadding, double colorJitter, double erasing) {
  /** No variation. */
  public static final Augmentation NONE = new Augmentation(0, 0, 0, 0, 0);

  /** Checks the ranges. */
  public Augmentation {
    Range.require("`flip`", flip, 0, 1);
    Range.require("`cropScale`", cropScale, 0, 1);
    Range.require("`colorJitter`", colorJitter, 0, 1);
    Range.require("`erasing`", erasing, 0, 1);
    if (cropPadding < 0) {
      throw new IllegalArgumentException("`cropPadding` is " + cropPadding + ", but must be at least 0");
    }
    if (cropScale > 0 && cropPadding > 0) {
      throw new IllegalArgumentException(
          "a random resized crop (scale " + cropScale + ") and a padded crop (" + cropPadding
              + " pixels) exclude each other; choose one");
    }
  }

  /** The choices that are on, as settings with their values; empty if images do not vary. */
  public List<String> options() {
    List<String> options = new ArrayList<>();
    addOption(options, "flip", flip);
    addOption(options, "cropScale", cropScale);
    addOption(options, "cropPadding", cropPadding);
    addOption(options, "colorJitter", colorJitter);
    addOption(options, "erasing", erasing);
    return options;
  }

  private static void addOption(List<String> options, String name, double value) {
    if (value > 0) {
      options.add("`" + name + "` " + Range.shown(value));
    }
  }

  /** The pipeline of training images that ends in the same input as {@code preprocessing}. */
  ImagePipeline pipeline(Preprocessing preprocessing) {
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
