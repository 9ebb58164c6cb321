package org.swinengine.data;

/**
 * What a {@link GeometricTransform} has decided for one picture, without any chance left: applied to a
 * picture and to a mask of its size, it leaves them aligned.
 */
public interface DrawnTransform {
  /** Leaves everything as it is. */
  DrawnTransform NOTHING = new DrawnTransform() {
    @Override
    public RawImage image(RawImage image) {
      return image;
    }

    @Override
    public RawImage mask(RawImage mask, int fill) {
      return mask;
    }
  };

  /** Returns the picture after the transform, possibly the same object. */
  RawImage image(RawImage image);

  /**
   * Returns the mask after the geometric part of the transform: each pixel is one of the mask's, the nearest,
   * or {@code fill}, never a mixture.
   *
   * @param mask class numbers, one channel
   * @param fill the class of what lies outside of the mask, 0 to 255
   */
  RawImage mask(RawImage mask, int fill);
}
