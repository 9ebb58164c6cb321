package org.swinengine.data.augment;

import org.swinengine.data.RawImage;

/**
 * A change of a picture's values that leaves every pixel in its place, with one argument: what policies
 * choose from, and {@link RandomOperation} applies. The bytes are Pillow's, or where it is said
 * torchvision's.
 */
public enum PixelOperation {
  /** {@code ImageOps.autocontrast}; the argument means nothing. */
  AUTO_CONTRAST {
    @Override
    public RawImage apply(RawImage image, double argument) {
      return Levels.autocontrast(image, 0, 0);
    }
  },
  /** {@code ImageOps.equalize}; the argument means nothing. */
  EQUALIZE {
    @Override
    public RawImage apply(RawImage image, double argument) {
      return Levels.equalize(image);
    }
  },
  /** {@code ImageOps.invert}; the argument means nothing. */
  INVERT {
    @Override
    public RawImage apply(RawImage image, double argument) {
      return Levels.invert(image);
    }
  },
  /** {@code ImageOps.posterize}; the argument is the number of bits that are kept, 0 to 8. */
  POSTERIZE {
    @Override
    public RawImage apply(RawImage image, double argument) {
      return Levels.posterize(image, (int) argument);
    }
  },
  /** {@code ImageOps.solarize}; from the argument on, 0 to 256, values are inverted. */
  SOLARIZE {
    @Override
    public RawImage apply(RawImage image, double argument) {
      return Levels.solarize(image, argument);
    }
  },
  /** timm's {@code solarize_add}; the argument is added to values below 128. */
  SOLARIZE_ADD {
    @Override
    public RawImage apply(RawImage image, double argument) {
      return Levels.solarizeAdd(image, (int) argument);
    }
  },
  /** {@code ImageEnhance.Color}; 0 is grey, 1 the picture itself. Grey pictures stay. */
  COLOR {
    @Override
    public RawImage apply(RawImage image, double argument) {
      return Enhance.saturation(image, (float) argument);
    }
  },
  /** {@code ImageEnhance.Contrast}; 0 is the mean grey, 1 the picture itself. */
  CONTRAST {
    @Override
    public RawImage apply(RawImage image, double argument) {
      return Enhance.contrast(image, (float) argument);
    }
  },
  /** {@code ImageEnhance.Brightness}; 0 is black, 1 the picture itself. */
  BRIGHTNESS {
    @Override
    public RawImage apply(RawImage image, double argument) {
      return Enhance.brightness(image, (float) argument);
    }
  },
  /** {@code ImageEnhance.Sharpness}; 0 is smoothed, 1 the picture itself, 2 sharper. */
  SHARPNESS {
    @Override
    public RawImage apply(RawImage image, double argument) {
      return Enhance.sharpness(image, (float) argument);
    }
  },
  /** torchvision's {@code adjust_hue}; the argument is a part of a turn, −0.5 to 0.5. Grey pictures stay. */
  HUE {
    @Override
    public RawImage apply(RawImage image, double argument) {
      return Enhance.hue(image, argument);
    }
  },
  /** {@code convert("L")}, in as many channels as before; the argument means nothing. */
  GRAYSCALE {
    @Override
    public RawImage apply(RawImage image, double argument) {
      return Enhance.grayscale(image);
    }
  },
  /** torchvision's {@code adjust_gamma}; the argument is the exponent, at least 0: above 1 darker. */
  GAMMA {
    @Override
    public RawImage apply(RawImage image, double argument) {
      return Levels.gamma(image, argument);
    }
  },
  /** {@code ImageFilter.GaussianBlur}; the argument is the radius in pixels, at least 0. */
  BLUR {
    @Override
    public RawImage apply(RawImage image, double argument) {
      return Filters.pillowBlur(image, argument);
    }
  },
  /** {@code ImageFilter.MedianFilter}; the argument is the odd size of the window, at least 1. */
  MEDIAN {
    @Override
    public RawImage apply(RawImage image, double argument) {
      return Filters.median(image, (int) argument);
    }
  };

  /** Returns the changed picture, possibly the same object. */
  public abstract RawImage apply(RawImage image, double argument);

  /**
   * Fails where an argument means nothing.
   *
   * @throws IllegalArgumentException with a sentence that says what is allowed
   */
  void requireArgument(double argument) {
    boolean allowed = switch (this) {
      case AUTO_CONTRAST, EQUALIZE, INVERT, GRAYSCALE -> true;
      case POSTERIZE -> argument >= 0 && argument <= 8;
      case SOLARIZE, SOLARIZE_ADD -> argument >= 0 && argument <= 256;
      case COLOR, CONTRAST, BRIGHTNESS, SHARPNESS -> argument >= 0 && argument <= 1000;
      case HUE -> argument >= -0.5 && argument <= 0.5;
      case GAMMA, BLUR -> argument >= 0 && argument <= 1000;
      case MEDIAN -> argument >= 1 && argument <= 99 && argument % 2 == 1;
    };
    if (!allowed) {
      throw new IllegalArgumentException(
          "the argument of " + name() + " is " + argument + ", which is not in its range");
    }
  }
}
