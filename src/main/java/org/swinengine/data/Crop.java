package org.swinengine.data;

/**
 * A rectangle that has been chosen; what lies outside of the picture is black.
 *
 * @param top first row, may be negative
 * @param left first column, may be negative
 * @param height of the rectangle, at least 1
 * @param width of the rectangle, at least 1
 */
public record Crop(int top, int left, int height, int width) implements DrawnTransform {
  @Override
  public RawImage image(RawImage image) {
    return image.crop(top, left, height, width);
  }

  @Override
  public RawImage mask(RawImage mask, int fill) {
    return mask.crop(top, left, height, width, fill);
  }
}
