package org.swinengine.data;

/**
 * How {@link Resize} computes pixels between and over pixels; equal to Pillow's filters of the same names.
 */
public enum Interpolation {
  /** The pixel that lies nearest, without antialiasing; for masks, and torchvision's default for turns. */
  NEAREST(0) {
    @Override
    double weight(double distance) {
      throw new UnsupportedOperationException("nearest pixels have no weights");
    }
  },
  /** Triangle, support 1. */
  BILINEAR(1) {
    @Override
    double weight(double distance) {
      double x = Math.abs(distance);
      return x < 1 ? 1 - x : 0;
    }
  },
  /** Cubic convolution of Keys with a = −0.5, support 2; what Swin and ViT models were trained with. */
  BICUBIC(2) {
    @Override
    double weight(double distance) {
      double a = -0.5;
      double x = Math.abs(distance);
      if (x < 1) {
        return ((a + 2) * x - (a + 3)) * x * x + 1;
      }
      return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
    }
  };

  private final double support;

  Interpolation(double support) {
    this.support = support;
  }

  /**
   * Radius in input pixels when enlarging; when shrinking it grows with the factor, which is the
   * antialiasing.
   */
  double support() {
    return support;
  }

  /** The filter's value at a distance. */
  abstract double weight(double distance);
}
