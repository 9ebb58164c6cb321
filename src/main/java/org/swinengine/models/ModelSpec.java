package org.swinengine.models;

import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.swinengine.tensor.Shape;

/**
 * Everything that determines a model but its weights.
 *
 * @param name for people, e.g. {@code swin_tiny_patch4_window7_224}
 * @param imageHeight rows of the images that it takes
 * @param imageWidth columns
 * @param channels of the images: 3 for RGB, 1 for grey
 * @param classes number of classes
 * @param dropRate dropout probability after position embeddings, projections and in MLPs
 * @param dropPathRate stochastic depth's rate at the last block
 * @param architecture the rest
 */
public record ModelSpec(
    String name,
    int imageHeight,
    int imageWidth,
    int channels,
    int classes,
    double dropRate,
    double dropPathRate,
    Architecture architecture) {

  /** Pixels, channels of a layer and the like; no model or picture comes near. */
  public static final int LARGEST_SIDE = 1 << 17;

  /** Blocks of a stage, or of a model without stages. */
  public static final int MOST_BLOCKS = 10_000;

  private static final int MOST_CLASSES = 1 << 24;

  /** What distinguishes one family's models from each other. */
  public interface Architecture {
    /** The name of the family in configuration files: {@code swin}, {@code vit}. */
    String type();

    /** What the model's logits are about. */
    default Task task() {
      return Task.CLASSIFICATION;
    }
  }

  /** What a model's logits are about. */
  public enum Task {
    /** Whole images: logits {@code [batch, classes]}, labels {@code [batch]}. */
    CLASSIFICATION,
    /** Each pixel: logits {@code [batch, classes, height, width]}, labels {@code [batch, height, width]}. */
    SEGMENTATION
  }

  /** Checks the ranges; the architecture has checked its own. */
  public ModelSpec {
    require(imageHeight > 0 && imageWidth > 0, "image size %d×%d must be positive", imageHeight, imageWidth);
    require(
        imageHeight <= LARGEST_SIDE && imageWidth <= LARGEST_SIDE,
        "image size %d×%d must be at most %d on each side", imageHeight, imageWidth, LARGEST_SIDE);
    require(channels > 0, "%d image channels: there must be at least one", channels);
    require(channels <= LARGEST_SIDE, "%d image channels: there may be at most %d", channels, LARGEST_SIDE);
    require(classes > 0, "%d classes: there must be at least one", classes);
    require(classes <= MOST_CLASSES, "%d classes: there may be at most %d", classes, MOST_CLASSES);
    require(dropRate >= 0 && dropRate < 1, "dropout rate %s must be at least 0 and below 1", dropRate);
    require(
        dropPathRate >= 0 && dropPathRate < 1, "drop path rate %s must be at least 0 and below 1",
        dropPathRate);
  }

  /** Throws a {@link ModelConfigException} unless the condition holds. */
  public static void require(boolean condition, String message, @Nullable Object... arguments) {
    if (!condition) {
      throw new ModelConfigException(
          "model configuration: " + String.format(Locale.ROOT, message, arguments));
    }
  }

  /** What the model's logits are about. */
  public Task task() {
    return architecture.task();
  }

  /** Shape of the logits of a batch. */
  public Shape logitsShape(int batch) {
    return task() == Task.SEGMENTATION
        ? Shape.of(batch, classes, imageHeight, imageWidth)
        : Shape.of(batch, classes);
  }

  /** Shape of the labels of a batch, class numbers in [0, classes). */
  public Shape labelsShape(int batch) {
    return task() == Task.SEGMENTATION ? Shape.of(batch, imageHeight, imageWidth) : Shape.of(batch);
  }

  /**
   * Throws a {@link ModelConfigException} unless the model classifies whole images.
   *
   * @param what asks for that, e.g. {@code predict}
   */
  public void requireClassification(String what) {
    if (task() != Task.CLASSIFICATION) {
      throw new ModelConfigException(
          what + " works with models that classify images, but " + name
              + " segments them: it gives each pixel a class");
    }
  }

  /** This model for another number of classes. */
  public ModelSpec withClasses(int other) {
    return new ModelSpec(
        name, imageHeight, imageWidth, channels, other, dropRate, dropPathRate, architecture);
  }

  /** This model for images of another size. */
  public ModelSpec withImage(int height, int width, int imageChannels) {
    return new ModelSpec(
        name, height, width, imageChannels, classes, dropRate, dropPathRate, architecture);
  }

  /** This model with another architecture. */
  public ModelSpec withArchitecture(Architecture other) {
    return new ModelSpec(name, imageHeight, imageWidth, channels, classes, dropRate, dropPathRate, other);
  }

  /** This model with another stochastic depth. */
  public ModelSpec withDropPath(double rate) {
    return new ModelSpec(
        name, imageHeight, imageWidth, channels, classes, dropRate, rate, architecture);
  }
}
