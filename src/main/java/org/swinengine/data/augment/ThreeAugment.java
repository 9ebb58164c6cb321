package org.swinengine.data.augment;

import org.swinengine.data.PixelTransform;
import org.swinengine.data.RawImage;
import org.swinengine.data.SampleRandom;

/**
 * Makes a picture grey, solarizes it or blurs it, each as often: the 3-Augment of DeiT III (Touvron et al.,
 * "DeiT III: Revenge of the ViT", 2022, section 3.3) and timm's {@code 3a}. The paper adds {@link
 * ColorJitter} of 0.3 behind it.
 */
public record ThreeAugment() implements PixelTransform {
  private static final double MIN_RADIUS = 0.1;
  private static final double MAX_RADIUS = 2;
  private static final int THRESHOLD = 128;

  @Override
  public RawImage apply(RawImage image, SampleRandom random) {
    return switch (random.uniformInt(3)) {
      case 0 -> PixelOperation.GRAYSCALE.apply(image, 0);
      case 1 -> PixelOperation.SOLARIZE.apply(image, THRESHOLD);
      default -> PixelOperation.BLUR.apply(image, random.uniform(MIN_RADIUS, MAX_RADIUS));
    };
  }
}
