package org.swinengine.models;

import java.util.Optional;
import org.swinengine.weights.Dialect;
import org.swinengine.weights.ModelFamily;

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
  private static final int LARGE = 384;

  /** Smaller images than these are datasets' own, such as CIFAR's; nobody crops them. */
  private static final int SMALL = 160;

  /**
   * Of a dialect's models of a family for images of so many rows.
   *
   * @param deit whether it is one of the DeiT models, which differ from other ViTs in this alone
   */
  public static InputConvention of(
      Dialect dialect, Optional<ModelFamily> family, int rows, boolean deit) {
    InputConvention convention = published(dialect, family, rows, deit);
    return rows >= SMALL
        ? convention
        : new InputConvention(convention.mean, convention.deviation, 1, true, convention.interpolation);
  }

  private static InputConvention published(
      Dialect dialect, Optional<ModelFamily> family, int rows, boolean deit) {
    boolean vit = family.filter(ModelFamily.VIT::equals).isPresent();
    if (family.filter(ModelFamily.SWIN_UNET::equals).isPresent()) {
      return new InputConvention(new float[3], new float[] {1, 1, 1}, 1, true, "bicubic");
    }
    boolean large = rows >= LARGE;
    return switch (dialect) {
      case TIMM -> vit && !deit ? half(large ? 1 : 0.9, false, "bicubic") : imageNet(large ? 1 : 0.9, false, "bicubic");
      case TORCHVISION ->
          vit
              ? imageNet(large ? 1 : 224.0 / 256, false, "bilinear")
              : imageNet(rows > 224 ? 256.0 / 260 : 224.0 / 238, false, "bicubic");
      case HUGGING_FACE -> vit && !deit ? half(1, true, "bilinear") : imageNet(vit ? 0.875 : 1, true, "bicubic");
      case LUCIDRAINS, TORCH_ENCODER -> half(1, true, "bicubic");
      // Microsoft's build_transform squashes where TEST.CROP is off, as for its large images.
      default -> vit ? half(large ? 1 : 0.9, false, "bicubic") : imageNet(large ? 1 : 0.875, large, "bicubic");
    };
  }

  private static InputConvention imageNet(double cropRatio, boolean squash, String interpolation) {
    return new InputConvention(
        new float[] {0.485f, 0.456f, 0.406f}, new float[] {0.229f, 0.224f, 0.225f}, cropRatio, squash, interpolation);
  }

  private static InputConvention half(double cropRatio, boolean squash, String interpolation) {
    return new InputConvention(
        new float[] {0.5f, 0.5f, 0.5f}, new float[] {0.5f, 0.5f, 0.5f}, cropRatio, squash, interpolation);
  }
}
