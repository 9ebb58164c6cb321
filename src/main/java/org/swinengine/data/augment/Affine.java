package org.swinengine.data.augment;

import java.math.BigDecimal;
import java.math.RoundingMode;
import org.swinengine.data.DrawnTransform;
import org.swinengine.data.Interpolation;
import org.swinengine.data.RawImage;
import org.swinengine.data.Turn;

/**
 * An affine map from places in the result to places in the source, as Pillow's {@code Image.transform} takes
 * it: {@code x' = a x + b y + c}, {@code y' = d x + e y + f}.
 *
 * @param a of x for x'
 * @param b of y for x'
 * @param c shift of x'
 * @param d of x for y'
 * @param e of y for y'
 * @param f shift of y'
 */
record Affine(double a, double b, double c, double d, double e, double f) {
  private static final double DEGREE = Math.PI / 180;

  /** timm's horizontal shear. */
  static Affine shearX(double factor) {
    return new Affine(1, factor, 0, 0, 1, 0);
  }

  /** timm's vertical shear. */
  static Affine shearY(double factor) {
    return new Affine(1, 0, 0, factor, 1, 0);
  }

  /** timm's shift: the picture goes to the left and up by so many pixels. */
  static Affine shift(double x, double y) {
    return new Affine(1, 0, x, 0, 1, y);
  }

  /**
   * What turns a picture around its middle, against the clock; Pillow's {@code Image.rotate}, whose sines are
   * rounded to 15 decimals.
   */
  static DrawnTransform rotation(
      double degrees, int height, int width, Interpolation interpolation, FillColor fill) {
    double angle = degrees % 360;
    angle += angle < 0 ? 360 : 0;
    if (angle == 0) {
      return DrawnTransform.NOTHING;
    }
    if (angle == 180) {
      return Turn.HALF;
    }
    if (height == width && (angle == 90 || angle == 270)) {
      return angle == 90 ? Turn.LEFT : Turn.RIGHT;
    }
    double radians = -(angle * DEGREE);
    double cos = rounded(StrictMath.cos(radians));
    double sin = rounded(StrictMath.sin(radians));
    double x = width / 2.0;
    double y = height / 2.0;
    double c = cos * -x + sin * -y + 0.0 + x;
    double f = -sin * -x + cos * -y + 0.0 + y;
    return new Affine(cos, sin, c, -sin, cos, f).drawn(interpolation, fill);
  }

  private static double rounded(double value) {
    return new BigDecimal(value).setScale(15, RoundingMode.HALF_EVEN).doubleValue();
  }

  /**
   * torchvision's {@code _get_inverse_affine_matrix}: turned with the clock, scaled, sheared and then
   * shifted.
   *
   * @param centerX the place that stays without a shift
   * @param centerY the same
   * @param degrees of the turn
   * @param shiftX in pixels, to the right
   * @param shiftY in pixels, down
   * @param scale above 0
   * @param shearX in degrees
   * @param shearY in degrees
   */
  static Affine of(
      double centerX, double centerY, double degrees, double shiftX, double shiftY, double scale,
      double shearX, double shearY) {
    double turn = degrees * DEGREE;
    double sx = shearX * DEGREE;
    double sy = shearY * DEGREE;
    double cosY = StrictMath.cos(sy);
    double cos = StrictMath.cos(turn - sy);
    double sin = StrictMath.sin(turn - sy);
    double a = cos / cosY;
    double b = -cos * StrictMath.tan(sx) / cosY - StrictMath.sin(turn);
    double c = sin / cosY;
    double d = -sin * StrictMath.tan(sx) / cosY + StrictMath.cos(turn);
    double m0 = d / scale;
    double m1 = -b / scale;
    double m3 = -c / scale;
    double m4 = a / scale;
    double m2 = 0.0 / scale + (m0 * (-centerX - shiftX) + m1 * (-centerY - shiftY)) + centerX;
    double m5 = 0.0 / scale + (m3 * (-centerX - shiftX) + m4 * (-centerY - shiftY)) + centerY;
    return new Affine(m0, m1, m2, m3, m4, m5);
  }

  /** This map as what has been decided for a picture, whose size stays. */
  DrawnTransform drawn(Interpolation interpolation, FillColor fill) {
    return new Drawn(this, interpolation, fill);
  }

  private record Drawn(Affine map, Interpolation interpolation, FillColor fill) implements DrawnTransform {
    @Override
    public RawImage image(RawImage image) {
      return Warp.affine(image, map, interpolation, fill);
    }

    @Override
    public RawImage mask(RawImage mask, int maskFill) {
      FillColor color = new FillColor(maskFill, maskFill, maskFill);
      return Warp.affine(mask, map, Interpolation.NEAREST, color);
    }
  }
}
