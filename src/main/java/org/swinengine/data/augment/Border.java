package org.swinengine.data.augment;

/** What is beyond the edge of a picture that a crop reaches over. */
public enum Border {
  /** Black; torchvision's {@code padding_mode="constant"}. */
  BLACK,
  /** The picture mirrored in its outermost pixels, which are not repeated; {@code "reflect"}. */
  REFLECT
}
