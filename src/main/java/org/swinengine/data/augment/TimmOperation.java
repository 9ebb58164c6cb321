package org.swinengine.data.augment;

import org.jspecify.annotations.Nullable;
import org.swinengine.data.DrawnTransform;
import org.swinengine.data.Interpolation;
import org.swinengine.data.SampleRandom;

/** The operations of timm's policies, with what a level from 0 to 10 means for each. */
enum TimmOperation {
  AUTO_CONTRAST("AutoContrast", PixelOperation.AUTO_CONTRAST, false),
  EQUALIZE("Equalize", PixelOperation.EQUALIZE, false),
  INVERT("Invert", PixelOperation.INVERT, false),
  POSTERIZE("Posterize", PixelOperation.POSTERIZE, false),
  POSTERIZE_INCREASING("PosterizeIncreasing", PixelOperation.POSTERIZE, false),
  POSTERIZE_ORIGINAL("PosterizeOriginal", PixelOperation.POSTERIZE, false),
  SOLARIZE("Solarize", PixelOperation.SOLARIZE, false),
  SOLARIZE_INCREASING("SolarizeIncreasing", PixelOperation.SOLARIZE, false),
  SOLARIZE_ADD("SolarizeAdd", PixelOperation.SOLARIZE_ADD, false),
  COLOR("Color", PixelOperation.COLOR, false),
  COLOR_INCREASING("ColorIncreasing", PixelOperation.COLOR, true),
  CONTRAST("Contrast", PixelOperation.CONTRAST, false),
  CONTRAST_INCREASING("ContrastIncreasing", PixelOperation.CONTRAST, true),
  BRIGHTNESS("Brightness", PixelOperation.BRIGHTNESS, false),
  BRIGHTNESS_INCREASING("BrightnessIncreasing", PixelOperation.BRIGHTNESS, true),
  SHARPNESS("Sharpness", PixelOperation.SHARPNESS, false),
  SHARPNESS_INCREASING("SharpnessIncreasing", PixelOperation.SHARPNESS, true),
  DESATURATE("Desaturate", PixelOperation.COLOR, false),
  GAUSSIAN_BLUR("GaussianBlur", PixelOperation.BLUR, false),
  GAUSSIAN_BLUR_RAND("GaussianBlurRand", PixelOperation.BLUR, false),
  ROTATE("Rotate", null, true),
  SHEAR_X("ShearX", null, true),
  SHEAR_Y("ShearY", null, true),
  TRANSLATE_X_REL("TranslateXRel", null, true),
  TRANSLATE_Y_REL("TranslateYRel", null, true);

  private final String timmName;

  /** Null for those that move pixels. */
  private final @Nullable PixelOperation pixels;

  private final boolean signed;

  TimmOperation(String timmName, @Nullable PixelOperation pixels, boolean signed) {
    this.timmName = timmName;
    this.pixels = pixels;
    this.signed = signed;
  }

  /** What a level means, before chance decides about the sign. */
  private double strength(double level) {
    return switch (this) {
      case AUTO_CONTRAST, EQUALIZE, INVERT -> 0;
      case POSTERIZE -> (int) (level / 10 * 4);
      case POSTERIZE_INCREASING -> 4 - (int) (level / 10 * 4);
      case POSTERIZE_ORIGINAL -> (int) (level / 10 * 4) + 4;
      case SOLARIZE -> threshold(level);
      case SOLARIZE_INCREASING -> 256 - threshold(level);
      case SOLARIZE_ADD -> Math.min(128, (int) (level / 10 * 110));
      case COLOR, CONTRAST, BRIGHTNESS, SHARPNESS -> level / 10 * 1.8 + 0.1;
      // How far it goes from 1.
      case COLOR_INCREASING, CONTRAST_INCREASING, BRIGHTNESS_INCREASING, SHARPNESS_INCREASING -> level / 10
          * 0.9;
      case DESATURATE -> Math.min(1, Math.max(0, 1 - within(level, 0.5, 1)));
      case GAUSSIAN_BLUR -> within(level, 0.1, 2);
      case GAUSSIAN_BLUR_RAND -> within(level, 0, 1);
      case ROTATE -> level / 10 * 30;
      case SHEAR_X, SHEAR_Y -> level / 10 * 0.3;
      case TRANSLATE_X_REL, TRANSLATE_Y_REL -> level / 10 * 0.45;
    };
  }

  private static double threshold(double level) {
    return Math.min(256, (int) (level / 10 * 256));
  }

  private static double within(double level, double least, double most) {
    return Math.max(least, Math.min(most, least + (most - least) * (level / 10)));
  }

  /** Its name in timm. */
  String timmName() {
    return timmName;
  }

  /** timm's argument of the operation for a level, with one sign or the other where chance decides. */
  double argument(double level, boolean negative) {
    double value = strength(level);
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
