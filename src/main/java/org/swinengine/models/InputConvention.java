package org.swinengine.models;

import java.util.Set;
import org.swinengine.weights.Dialect;
import org.swinengine.weights.NamedWeights;

/**
 * How an implementation prepares images for its published models. A checkpoint does not say it; this is the
 * default.
 *
 * @param mean of each of three channels, subtracted from values between 0 and 1
 * @param deviation by which the rest is divided
 * @param cropRatio the middle of the resized picture that is used; 1 for all of it
 * @param squash whether pictures that are not square are resized on both sides, instead of the shorter one
 * @param interpolation {@code bicubic} or {@code bilinear}
 */
public record InputConvention(
    float[] mean, float[] deviation, double cropRatio, boolean squash, String interpolation) {
  /** Rows from which on publishers use all of a picture. */
  public static final int LARGE = 384;

  /** Smaller images than these are datasets' own, such as CIFAR's; nobody crops them. */
  private static final int SMALL = 160;

  /**
   * Of a model's weights: the way of the implementation that they come from.
   *
   * @param weights the model's
   * @param spec the model
   */
  public static InputConvention of(NamedWeights weights, ModelSpec spec) {
    ModelFamily family =
        weights.family().flatMap(ModelFamilies::find).orElseGet(() -> ModelFamilies.of(spec));
    return of(family, weights.dialect(), spec.imageHeight(), weights.weights().names(), spec.name());
  }

  /**
   * Of a dialect's models of a family.
   *
   * @param rows of an image
   * @param parameters the paths of the model's
   * @param name the model's; empty if it is not known
   */
  public static InputConvention of(
      ModelFamily family, Dialect dialect, int rows, Set<String> parameters, String name) {
    InputConvention convention = family.input(dialect, rows, parameters, name);
    return rows >= SMALL
        ? convention
        : new InputConvention(convention.mean, convention.deviation, 1, true, convention.interpolation);
  }

  /** Of most of a dialect's models for images of so many rows. */
  public static InputConvention usual(Dialect dialect, int rows) {
    boolean large = rows >= LARGE;
    if (dialect.equals(Dialect.TIMM)) {
      return imageNet(large ? 1 : 0.9, false, "bicubic");
    }
    if (dialect.equals(Dialect.HUGGING_FACE)) {
      return imageNet(1, true, "bicubic");
    }
    // Microsoft's build_transform squashes where TEST.CROP is off, as for its large images.
    return imageNet(large ? 1 : 0.875, large, "bicubic");
  }

  /** With the mean and deviation of ImageNet's pictures. */
  public static InputConvention imageNet(double cropRatio, boolean squash, String interpolation) {
    return new InputConvention(
        new float[] {0.485f, 0.456f, 0.406f}, new float[] {0.229f, 0.224f, 0.225f}, cropRatio, squash,
        interpolation);
  }

  /** With values from −1 to 1. */
  public static InputConvention half(double cropRatio, boolean squash, String interpolation) {
    return new InputConvention(
        new float[] {0.5f, 0.5f, 0.5f}, new float[] {0.5f, 0.5f, 0.5f}, cropRatio, squash, interpolation);
  }
}
