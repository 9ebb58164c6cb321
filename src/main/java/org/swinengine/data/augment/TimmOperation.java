package org.swinengine.data.augment;

import java.util.function.DoubleUnaryOperator;
import org.jspecify.annotations.Nullable;
import org.swinengine.data.DrawnTransform;
import org.swinengine.data.Interpolation;
import org.swinengine.data.SampleRandom;

/** The operations of timm's policies, with what a level from 0 to 10 means for each. */
enum TimmOperation {
  AUTO_CONTRAST("AutoContrast", PixelOperation.AUTO_CONTRAST, false, level -> 0),
  EQUALIZE("Equalize", PixelOperation.EQUALIZE, false, level -> 0),
  INVERT("Invert", PixelOperation.INVERT, false, level -> 0),
  POSTERIZE("Posterize", PixelOperation.POSTERIZE, false, level -> (int) (level / 10 * 4)),
  POSTERIZE_INCREASING(
      "PosterizeIncreasing", PixelOperation.POSTERIZE, false, level -> 4 - (int) (level / 10 * 4)),
  POSTERIZE_ORIGINAL(
      "PosterizeOriginal", PixelOperation.POSTERIZE, false, level -> (int) (level / 10 * 4) + 4),
  SOLARIZE("Solarize", PixelOperation.SOLARIZE, false, TimmOperation::threshold),
  SOLARIZE_INCREASING("SolarizeIncreasing", PixelOperation.SOLARIZE, false, level -> 256 - threshold(level)),
  SOLARIZE_ADD(
      "SolarizeAdd", PixelOperation.SOLARIZE_ADD, false, level -> Math.min(128, (int) (level / 10 * 110))),
  COLOR("Color", PixelOperation.COLOR, false, TimmOperation::enhancement),
  COLOR_INCREASING("ColorIncreasing", PixelOperation.COLOR, true, TimmOperation::change),
  CONTRAST("Contrast", PixelOperation.CONTRAST, false, TimmOperation::enhancement),
  CONTRAST_INCREASING("ContrastIncreasing", PixelOperation.CONTRAST, true, TimmOperation::change),
  BRIGHTNESS("Brightness", PixelOperation.BRIGHTNESS, false, TimmOperation::enhancement),
  BRIGHTNESS_INCREASING("BrightnessIncreasing", PixelOperation.BRIGHTNESS, true, TimmOperation::change),
  SHARPNESS("Sharpness", PixelOperation.SHARPNESS, false, TimmOperation::enhancement),
  SHARPNESS_INCREASING("SharpnessIncreasing", PixelOperation.SHARPNESS, true, TimmOperation::change),
  DESATURATE(
      "Desaturate", PixelOperation.COLOR, false,
      level -> Math.min(1, Math.max(0, 1 - within(level, 0.5, 1)))),
  GAUSSIAN_BLUR("GaussianBlur", PixelOperation.BLUR, false, level -> within(level, 0.1, 2)),
  GAUSSIAN_BLUR_RAND("GaussianBlurRand", PixelOperation.BLUR, false, level -> within(level, 0, 1)),
  ROTATE("Rotate", null, true, level -> level / 10 * 30),
  SHEAR_X("ShearX", null, true, level -> level / 10 * 0.3),
  SHEAR_Y("ShearY", null, true, level -> level / 10 * 0.3),
  TRANSLATE_X_REL("TranslateXRel", null, true, level -> level / 10 * 0.45),
  TRANSLATE_Y_REL("TranslateYRel", null, true, level -> level / 10 * 0.45);

  private final String timmName;

  /** Null for those that move pixels. */
  private final @Nullable PixelOperation pixels;

  private final boolean signed;
  private final DoubleUnaryOperator argument;

  TimmOperation(
      String timmName, @Nullable PixelOperation pixels, boolean signed,
      DoubleUnaryOperator argument) {
    this.timmName = timmName;
    this.pixels = pixels;
    this.signed = signed;
    this.argument = argument;
  }

  private static double threshold(double level) {
    return Math.min(256, (int) (level / 10 * 256));
  }

  private static double enhancement(double level) {
    return level / 10 * 1.8 + 0.1;
  }

  /** How far an increasing enhancement goes from 1. */
  private static double change(double level) {
    return level / 10 * 0.9;
  }

  private static double within(double level, double least, double most) {
    return Math.max(least, Math.min(most, least + (most - least) * (level / 10)));
  }

  /** Its name in timm. */
  String timmName() {
    return timmName;
  }

  /** Whether chance decides about the sign of the argument. */
  boolean isSigned() {
    return signed;
  }

  /** timm's argument of the operation for a level, with one sign or the other where chance decides. */
  double argument(double level, boolean negative) {
    double value = argument.applyAsDouble(level);
    if (!signed) {
      return value;
    }
    double withSign = negative ? -value : value;
    return pixels == null ? withSign : Math.max(0.1, 1 + withSign);
  }

  /** Decides for a picture of a size. */
  DrawnTransform draw(double level, int height, int width, Painting painting, SampleRandom random) {
    double value = argument(level, signed && random.bernoulli(0.5));
    if (this == GAUSSIAN_BLUR_RAND) {
      value = random.uniform(0.1, 2 * value);
    }
    if (pixels != null) {
      return new DrawnOperation(pixels, value);
    }
    Interpolation filter = painting.interpolation();
    if (filter == null) {
      filter = random.bernoulli(0.5) ? Interpolation.BILINEAR : Interpolation.BICUBIC;
    }
    return moved(value, height, width, filter, painting.fill());
  }

  /** The transform of an operation that moves pixels. */
  DrawnTransform moved(double value, int height, int width, Interpolation filter, FillColor fill) {
    return switch (this) {
      case ROTATE -> Affine.rotation(value, height, width, filter, fill);
      case SHEAR_X -> Affine.shearX(value).drawn(filter, fill);
      case SHEAR_Y -> Affine.shearY(value).drawn(filter, fill);
      case TRANSLATE_X_REL -> Affine.shift(value * width, 0).drawn(filter, fill);
      case TRANSLATE_Y_REL -> Affine.shift(0, value * height).drawn(filter, fill);
      default -> throw new IllegalStateException(timmName + " moves nothing");
    };
  }
}
