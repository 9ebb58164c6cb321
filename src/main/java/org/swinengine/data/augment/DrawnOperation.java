package org.swinengine.data.augment;

import org.swinengine.data.DrawnTransform;
import org.swinengine.data.RawImage;

/** A change of values that a policy has chosen; masks stay. */
record DrawnOperation(PixelOperation operation, double argument) implements DrawnTransform {
  @Override
  public RawImage image(RawImage image) {
    return operation.apply(image, argument);
  }

  @Override
  public RawImage mask(RawImage mask, int fill) {
    return mask;
  }
}
