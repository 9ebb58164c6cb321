package org.swinengine.data;

/** How a picture of another shape than the model's input is made to fit; as timm's {@code crop_mode}. */
public enum CropMode {
  /** The shorter side is resized, and what is too long is cut off on both sides. */
  CENTER,
  /** Both sides are resized, which changes the picture's shape. */
  SQUASH;

  /** What is usual where nothing is said: a picture of which all is used is squashed. */
  public static CropMode usual(double cropRatio) {
    return cropRatio == 1 ? SQUASH : CENTER;
  }
}
