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
public record Resize(int height, int width, Interpolation interpolation) implements GeometricTransform {
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
    return of(image.height(), image.width()).image(image);
  }

  @Override
  public DrawnTransform draw(int imageHeight, int imageWidth, SampleRandom random) {
    return of(imageHeight, imageWidth);
  }

  private DrawnTransform of(int imageHeight, int imageWidth) {
    if (width > 0) {
      return to(height, width, interpolation);
    }
    long shorter = Math.min(imageHeight, imageWidth);
    int newHeight = Math.toIntExact(height * (long) imageHeight / shorter);
    int newWidth = Math.toIntExact(height * (long) imageWidth / shorter);
    return to(newHeight, newWidth, interpolation);
  }

  private static DrawnTransform to(int newHeight, int newWidth, Interpolation filter) {
    return new DrawnTransform() {
      @Override
      public RawImage image(RawImage image) {
        return Resampling.resize(image, newHeight, newWidth, filter);
      }

      @Override
      public RawImage mask(RawImage mask, int fill) {
        return Resampling.resize(mask, newHeight, newWidth, Interpolation.NEAREST);
      }
    };
  }
}
