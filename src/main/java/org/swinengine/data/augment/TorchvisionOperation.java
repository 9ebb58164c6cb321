package org.swinengine.data.augment;

import org.jspecify.annotations.Nullable;
import org.swinengine.data.DrawnTransform;
import org.swinengine.data.Interpolation;
import org.swinengine.data.SampleRandom;

/** The operations of torchvision's RandAugment and TrivialAugmentWide, with their magnitudes. */
enum TorchvisionOperation {
  IDENTITY("Identity", null, false),
  SHEAR_X("ShearX", null, true),
  SHEAR_Y("ShearY", null, true),
  TRANSLATE_X("TranslateX", null, true),
  TRANSLATE_Y("TranslateY", null, true),
  ROTATE("Rotate", null, true),
  BRIGHTNESS("Brightness", PixelOperation.BRIGHTNESS, true),
  COLOR("Color", PixelOperation.COLOR, true),
  CONTRAST("Contrast", PixelOperation.CONTRAST, true),
  SHARPNESS("Sharpness", PixelOperation.SHARPNESS, true),
  POSTERIZE("Posterize", PixelOperation.POSTERIZE, false),
  SOLARIZE("Solarize", PixelOperation.SOLARIZE, false),
  AUTO_CONTRAST("AutoContrast", PixelOperation.AUTO_CONTRAST, false),
  EQUALIZE("Equalize", PixelOperation.EQUALIZE, false);

  private static final double DEGREES = 180 / Math.PI;

  private final String torchvisionName;

  /** Null for those that move pixels, and for none. */
  private final @Nullable PixelOperation pixels;

  private final boolean signed;

  TorchvisionOperation(String torchvisionName, @Nullable PixelOperation pixels, boolean signed) {
    this.torchvisionName = torchvisionName;
    this.pixels = pixels;
    this.signed = signed;
  }

  /** Its name in torchvision. */
  String torchvisionName() {
    return torchvisionName;
  }

  /**
   * The magnitude of a bin, before chance decides about its sign.
   *
   * @param wide TrivialAugmentWide's ranges in place of RandAugment's
   * @param bin 0 to {@code bins} − 1
   */
  double magnitude(boolean wide, int bin, int bins, int height, int width) {
    return switch (this) {
      case IDENTITY, AUTO_CONTRAST, EQUALIZE -> 0;
      case SHEAR_X, SHEAR_Y -> spread(0, wide ? 0.99 : 0.3, bin, bins);
      case TRANSLATE_X -> spread(0, wide ? 32 : 150.0 / 331.0 * width, bin, bins);
      case TRANSLATE_Y -> spread(0, wide ? 32 : 150.0 / 331.0 * height, bin, bins);
      case ROTATE -> spread(0, wide ? 135 : 30, bin, bins);
      case BRIGHTNESS, COLOR, CONTRAST, SHARPNESS -> spread(0, wide ? 0.99 : 0.9, bin, bins);
      case POSTERIZE -> 8 - Math.rint(bin / (float) ((bins - 1) / (wide ? 6.0 : 4.0)));
      case SOLARIZE -> spread(255, 0, bin, bins);
    };
  }

  /** {@code torch.linspace}, in its single precision. */
  private static float spread(double from, double to, int bin, int bins) {
    float start = (float) from;
    float end = (float) to;
    float step = (end - start) / (bins - 1);
    return bin < bins / 2 ? Math.fma(step, bin, start) : Math.fma(-step, bins - bin - 1, end);
  }

  /** Decides about the sign, for a picture of a size. */
  DrawnTransform draw(double magnitude, int height, int width, Painting painting, SampleRandom random) {
    double value = signed && random.bernoulli(0.5) ? -magnitude : magnitude;
    return drawn(value, height, width, painting);
  }

  /** The operation with a magnitude, as torchvision's {@code _apply_op} understands it. */
  DrawnTransform drawn(double magnitude, int height, int width, Painting painting) {
    if (pixels != null) {
      return new DrawnOperation(pixels, signed ? 1 + magnitude : magnitude);
    }
    Interpolation filter =
        painting.interpolation() == null ? Interpolation.NEAREST : painting.interpolation();
    FillColor fill = painting.fill();
    return switch (this) {
      case SHEAR_X -> Affine.of(0, 0, 0, 0, 0, 1, degrees(magnitude), 0).drawn(filter, fill);
      case SHEAR_Y -> Affine.of(0, 0, 0, 0, 0, 1, 0, degrees(magnitude)).drawn(filter, fill);
      case TRANSLATE_X -> shift(height, width, (int) magnitude, 0).drawn(filter, fill);
      case TRANSLATE_Y -> shift(height, width, 0, (int) magnitude).drawn(filter, fill);
      case ROTATE -> Affine.rotation(magnitude, height, width, filter, fill);
      default -> DrawnTransform.NOTHING;
    };
  }

  private static double degrees(double slope) {
    return StrictMath.atan(slope) * DEGREES;
  }

  private static Affine shift(int height, int width, int right, int down) {
    return Affine.of(width * 0.5, height * 0.5, 0, right, down, 1, 0, 0);
  }
}
