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
 * @param interpolation {@code bicubic} or {@code bilinear}
 */
public record InputConvention(float[] mean, float[] deviation, double cropRatio, String interpolation) {
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
        : new InputConvention(convention.mean, convention.deviation, 1, convention.interpolation);
  }

  private static InputConvention published(
      Dialect dialect, Optional<ModelFamily> family, int rows, boolean deit) {
    boolean vit = family.filter(ModelFamily.VIT::equals).isPresent();
    if (family.filter(ModelFamily.SWIN_UNET::equals).isPresent()) {
      return new InputConvention(new float[3], new float[] {1, 1, 1}, 1, "bicubic");
    }
    return switch (dialect) {
      case TIMM ->
          vit && !deit
              ? half(rows >= LARGE ? 1 : 0.9, "bicubic")
              : imageNet(rows >= LARGE ? 1 : 0.9, "bicubic");
      case TORCHVISION ->
          vit
              ? imageNet(rows >= LARGE ? 1 : 224.0 / 256, "bilinear")
              : imageNet(rows > 224 ? 256.0 / 260 : 224.0 / 238, "bicubic");
      case HUGGING_FACE -> vit && !deit ? half(1, "bilinear") : imageNet(vit ? 0.875 : 1, "bicubic");
      case LUCIDRAINS, TORCH_ENCODER -> half(1, "bicubic");
      default ->
          vit
              ? half(rows >= LARGE ? 1 : 0.9, "bicubic")
              : imageNet(rows >= LARGE ? 1 : 0.875, "bicubic");
    };
  }

  private static InputConvention imageNet(double cropRatio, String interpolation) {
    return new InputConvention(
        new float[] {0.485f, 0.456f, 0.406f}, new float[] {0.229f, 0.224f, 0.225f}, cropRatio, interpolation);
  }

  private static InputConvention half(double cropRatio, String interpolation) {
    return new InputConvention(
        new float[] {0.5f, 0.5f, 0.5f}, new float[] {0.5f, 0.5f, 0.5f}, cropRatio, interpolation);
  }
}
