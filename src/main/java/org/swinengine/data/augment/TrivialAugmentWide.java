package org.swinengine.data.augment;

import org.swinengine.data.DrawnTransform;
import org.swinengine.data.GeometricTransform;
import org.swinengine.data.Interpolation;
import org.swinengine.data.SampleRandom;

/**
 * One operation of a random magnitude (Müller and Hutter, "TrivialAugment", 2021): torchvision's {@code
 * TrivialAugmentWide}. There is nothing to tune.
 *
 * @param bins how many magnitudes there are, at least 2; torchvision's default is 31
 * @param interpolation torchvision's default is the nearest pixel
 * @param fill what lies outside of the picture; torchvision's default is black
 */
public record TrivialAugmentWide(int bins, Interpolation interpolation, FillColor fill)
    implements GeometricTransform {
  /** torchvision's defaults. */
  public static final TrivialAugmentWide USUAL =
      new TrivialAugmentWide(31, Interpolation.NEAREST, FillColor.BLACK);

  /** Checks the range. */
  public TrivialAugmentWide {
    if (bins < 2) {
      throw new IllegalArgumentException("TrivialAugmentWide with " + bins + " magnitudes: needs at least 2");
    }
  }

  @Override
  public DrawnTransform draw(int height, int width, SampleRandom random) {
    TorchvisionOperation[] all = TorchvisionOperation.values();
    TorchvisionOperation chosen = all[random.uniformInt(all.length)];
    double magnitude = chosen.magnitude(true, random.uniformInt(bins), bins, height, width);
    return chosen.draw(magnitude, height, width, new Painting(interpolation, fill), random);
  }
}
