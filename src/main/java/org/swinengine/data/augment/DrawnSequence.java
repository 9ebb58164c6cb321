package org.swinengine.data.augment;

import java.util.List;
import org.swinengine.data.DrawnTransform;
import org.swinengine.data.RawImage;

/** One after the other. */
record DrawnSequence(List<DrawnTransform> steps) implements DrawnTransform {
  @Override
  public RawImage image(RawImage image) {
    RawImage result = image;
    for (DrawnTransform step : steps) {
      result = step.image(result);
    }
    return result;
  }

  @Override
  public RawImage mask(RawImage mask, int fill) {
    RawImage result = mask;
    for (DrawnTransform step : steps) {
      result = step.mask(result, fill);
    }
    return result;
  }
}
