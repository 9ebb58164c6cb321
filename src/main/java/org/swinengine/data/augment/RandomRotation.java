package org.swinengine.data.augment;

import org.swinengine.data.DrawnTransform;
import org.swinengine.data.GeometricTransform;
import org.swinengine.data.Interpolation;
import org.swinengine.data.SampleRandom;

/**
 * Turns a picture around its middle by a uniform angle, against the clock; its size stays. torchvision's
 * {@code RandomRotation} with Pillow's {@code rotate}, byte for byte.
 *
 * @param minDegrees smallest angle, may be negative
 * @param maxDegrees largest angle
 * @param interpolation torchvision's default is the nearest pixel
 * @param fill what the corners become
 */
public record RandomRotation(
    double minDegrees, double maxDegrees, Interpolation interpolation, FillColor fill)
    implements GeometricTransform {
  /** Checks the range. */
  public RandomRotation {
    Ranges.requireRange("RandomRotation", "degrees", minDegrees, maxDegrees, -360, 360);
  }

  /** By up to so many degrees in either direction, bilinear, with black corners. */
  public RandomRotation(double degrees) {
    this(-degrees, degrees, Interpolation.BILINEAR, FillColor.BLACK);
  }

  @Override
  public DrawnTransform draw(int height, int width, SampleRandom random) {
    double degrees = random.uniform(minDegrees, maxDegrees);
    return Affine.rotation(degrees, height, width, interpolation, fill);
  }
}
