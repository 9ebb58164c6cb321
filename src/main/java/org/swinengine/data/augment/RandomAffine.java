package org.swinengine.data.augment;

import org.swinengine.data.DrawnTransform;
import org.swinengine.data.GeometricTransform;
import org.swinengine.data.Interpolation;
import org.swinengine.data.SampleRandom;

/**
 * Turns, scales, shears and shifts a picture; its size stays. torchvision's {@code RandomAffine} on Pillow
 * images, byte for byte. Each range is drawn from uniformly.
 *
 * <pre>{@code RandomAffine.rotation(10).withShift(0.1, 0.1).withScale(0.9, 1.1)}</pre>
 *
 * @param minDegrees smallest angle, with the clock
 * @param maxDegrees largest angle
 * @param shiftX largest shift as a share of the width, 0 to 1; whole pixels are drawn
 * @param shiftY largest shift as a share of the height, 0 to 1
 * @param minScale smallest size, above 0
 * @param maxScale largest size
 * @param minShearX smallest horizontal shear in degrees
 * @param maxShearX largest horizontal shear
 * @param minShearY smallest vertical shear in degrees
 * @param maxShearY largest vertical shear
 * @param interpolation torchvision's default is the nearest pixel
 * @param fill what lies outside of the picture
 */
public record RandomAffine(
    double minDegrees, double maxDegrees, double shiftX, double shiftY, double minScale, double maxScale,
    double minShearX, double maxShearX, double minShearY, double maxShearY, Interpolation interpolation,
    FillColor fill) implements GeometricTransform {
  /** Checks the ranges. */
  public RandomAffine {
    Ranges.requireRange("RandomAffine", "degrees", minDegrees, maxDegrees, -360, 360);
    Ranges.requireRange("RandomAffine", "a horizontal shift", 0, shiftX, 0, 1);
    Ranges.requireRange("RandomAffine", "a vertical shift", 0, shiftY, 0, 1);
    Ranges.requireRange("RandomAffine", "scale", minScale, maxScale, Double.MIN_NORMAL, 1000);
    Ranges.requireRange("RandomAffine", "a horizontal shear", minShearX, maxShearX, -89, 89);
    Ranges.requireRange("RandomAffine", "a vertical shear", minShearY, maxShearY, -89, 89);
  }

  /** Turns by up to so many degrees in either direction; bilinear, black outside. */
  public static RandomAffine rotation(double degrees) {
    return new RandomAffine(
        -degrees, degrees, 0, 0, 1, 1, 0, 0, 0, 0, Interpolation.BILINEAR, FillColor.BLACK);
  }

  /** The same with shifts of up to these shares of width and height. */
  public RandomAffine withShift(double x, double y) {
    return new RandomAffine(
        minDegrees, maxDegrees, x, y, minScale, maxScale, minShearX, maxShearX, minShearY, maxShearY,
        interpolation, fill);
  }

  /** The same with another range of sizes. */
  public RandomAffine withScale(double least, double most) {
    return new RandomAffine(
        minDegrees, maxDegrees, shiftX, shiftY, least, most, minShearX, maxShearX, minShearY, maxShearY,
        interpolation, fill);
  }

  /** The same with shears of up to so many degrees in either direction. */
  public RandomAffine withShear(double x, double y) {
    return new RandomAffine(
        minDegrees, maxDegrees, shiftX, shiftY, minScale, maxScale, -x, x, -y, y, interpolation, fill);
  }

  /** The same with another filter. */
  public RandomAffine withInterpolation(Interpolation filter) {
    return new RandomAffine(
        minDegrees, maxDegrees, shiftX, shiftY, minScale, maxScale, minShearX, maxShearX, minShearY,
        maxShearY, filter, fill);
  }

  /** The same with another colour outside of the picture. */
  public RandomAffine withFill(FillColor color) {
    return new RandomAffine(
        minDegrees, maxDegrees, shiftX, shiftY, minScale, maxScale, minShearX, maxShearX, minShearY,
        maxShearY, interpolation, color);
  }

  @Override
  public DrawnTransform draw(int height, int width, SampleRandom random) {
    double degrees = random.uniform(minDegrees, maxDegrees);
    double right = Math.rint(random.uniform(-shiftX * width, shiftX * width));
    double down = Math.rint(random.uniform(-shiftY * height, shiftY * height));
    double scale = random.uniform(minScale, maxScale);
    double shearX = random.uniform(minShearX, maxShearX);
    double shearY = random.uniform(minShearY, maxShearY);
    return Affine.of(width * 0.5, height * 0.5, degrees, right, down, scale, shearX, shearY)
        .drawn(interpolation, fill);
  }
}
