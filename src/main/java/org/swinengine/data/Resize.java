package org.swinengine.data;

import org.jspecify.annotations.Nullable;

/**
 * Resizes as torchvision's {@code Resize} does with Pillow images: antialiased, byte for byte Pillow's
 * result.
 *
 * @param height wanted height, or the wanted shorter side where {@code width} is 0
 * @param width wanted width, or 0 to keep the aspect ratio
 * @param interpolation the filter
 */
public record Resize(int height, int width, Interpolation interpolation) implements Transform {
  /** Checks the sizes. */
  public Resize {
    if (height < 1 || width < 0) {
      throw new IllegalArgumentException("Resize to " + height + "x" + width + ": sizes must be at least 1");
    }
  }

  /** To exactly this size, whatever that does to the aspect ratio. */
  public static Resize exactly(int height, int width, Interpolation interpolation) {
    if (width < 1) {
      throw new IllegalArgumentException("Resize to " + height + "x" + width + ": sizes must be at least 1");
    }
    return new Resize(height, width, interpolation);
  }

  /** Makes the shorter side this long; the longer one is rounded down. */
  public static Resize shorterSide(int size, Interpolation interpolation) {
    return new Resize(size, 0, interpolation);
  }

  @Override
  public RawImage apply(RawImage image, @Nullable SampleRandom random) {
    if (width > 0) {
      return Resampling.resize(image, height, width, interpolation);
    }
    long shorter = Math.min(image.height(), image.width());
    int newHeight = Math.toIntExact(height * (long) image.height() / shorter);
    int newWidth = Math.toIntExact(height * (long) image.width() / shorter);
    return Resampling.resize(image, newHeight, newWidth, interpolation);
  }
}
