package org.swinengine.data.augment;

import org.swinengine.data.DrawnTransform;
import org.swinengine.data.GeometricTransform;
import org.swinengine.data.Interpolation;
import org.swinengine.data.RawImage;
import org.swinengine.data.Resize;
import org.swinengine.data.SampleRandom;

/**
 * Resizes the shorter side to the wanted size and cuts out a square, with 4 mirrored pixels around: the
 * simple random crop of DeiT III ("--src"), which keeps more of the picture than {@link RandomResizedCrop}.
 *
 * @param size side of the square, at least 5
 * @param interpolation the filter; bicubic in DeiT III
 */
public record SimpleRandomCrop(int size, Interpolation interpolation) implements GeometricTransform {
  private static final int PADDING = 4;

  /** Checks the size. */
  public SimpleRandomCrop {
    if (size <= PADDING) {
      throw new IllegalArgumentException("SimpleRandomCrop to " + size + " pixels: must be at least 5");
    }
  }

  @Override
  public DrawnTransform draw(int height, int width, SampleRandom random) {
    DrawnTransform resize = Resize.shorterSide(size, interpolation).draw(height, width, random);
    long shorter = Math.min(height, width);
    int newHeight = Math.toIntExact(size * (long) height / shorter);
    int newWidth = Math.toIntExact(size * (long) width / shorter);
    DrawnTransform crop =
        new RandomCrop(size, size, PADDING, Border.REFLECT).draw(newHeight, newWidth, random);
    return new Both(resize, crop);
  }

  private record Both(DrawnTransform first, DrawnTransform second) implements DrawnTransform {
    @Override
    public RawImage image(RawImage image) {
      return second.image(first.image(image));
    }

    @Override
    public RawImage mask(RawImage mask, int fill) {
      return second.mask(first.mask(mask, fill), fill);
    }
  }
}
