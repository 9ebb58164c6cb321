package org.swinengine.data.augment;

import java.util.ArrayList;
import java.util.List;
import org.swinengine.data.DrawnTransform;
import org.swinengine.data.GeometricTransform;
import org.swinengine.data.Interpolation;
import org.swinengine.data.SampleRandom;

/**
 * torchvision's {@code RandAugment}: operations of one magnitude, always applied; its ranges are not timm's.
 *
 * @param operations how many are applied; torchvision's default is 2
 * @param magnitude which of the bins, from 0; torchvision's default is 9
 * @param bins how many magnitudes there are, at least 2; torchvision's default is 31
 * @param interpolation torchvision's default is the nearest pixel
 * @param fill what lies outside of the picture; torchvision's default is black
 */
public record TorchvisionRandAugment(
    int operations, int magnitude, int bins, Interpolation interpolation, FillColor fill)
    implements GeometricTransform {
  /** torchvision's defaults. */
  public static final TorchvisionRandAugment USUAL =
      new TorchvisionRandAugment(2, 9, 31, Interpolation.NEAREST, FillColor.BLACK);

  /** Checks the ranges. */
  public TorchvisionRandAugment {
    if (operations < 1 || bins < 2 || magnitude < 0 || magnitude >= bins) {
      throw new IllegalArgumentException(
          "torchvision's RandAugment with " + operations + " operations of magnitude " + magnitude + " of "
              + bins + ": there must be an operation and two magnitudes at least, counted from 0");
    }
  }

  @Override
  public DrawnTransform draw(int height, int width, SampleRandom random) {
    TorchvisionOperation[] all = TorchvisionOperation.values();
    Painting painting = new Painting(interpolation, fill);
    List<DrawnTransform> steps = new ArrayList<>();
    for (int i = 0; i < operations; i++) {
      TorchvisionOperation chosen = all[random.uniformInt(all.length)];
      double strength = chosen.magnitude(false, magnitude, bins, height, width);
      steps.add(chosen.draw(strength, height, width, painting, random));
    }
    return new DrawnSequence(steps);
  }
}
