package org.swinengine.data.augment;

import java.util.Locale;
import org.swinengine.data.GeometricTransform;
import org.swinengine.data.Interpolation;

/**
 * Published policies by their names.
 *
 * <ul>
 *   <li>{@code rand-m9-mstd0.5-inc1}: timm's {@link RandAugment}, with its settings: {@code m} level (usual
 *       10), {@code n} operations (2), {@code p} probability of each (0.5), {@code mstd} deviation of the
 *       level (0; above 100 uniform), {@code mmax} highest level (10), {@code inc1} operations that get
 *       stronger with the level, {@code tweights}, {@code t3a} or {@code t3aw} another set of operations.
 *   <li>{@code original}, {@code originalr}, {@code v0}, {@code v0r}: timm's {@link AutoAugment}, with {@code
 *       -mstd0.5}.
 *   <li>{@code 3a}: the 3-Augment of DeiT III (Touvron et al., "DeiT III: Revenge of the ViT", 2022, section
 *       3.3): grey, solarized or blurred, each as often. The paper puts {@link SimpleRandomCrop} or {@link
 *       RandomResizedCrop} and a mirroring before it, and {@link ColorJitter} of 0.3 behind it.
 *   <li>{@code torchvision}: {@link TorchvisionRandAugment}, with {@code -m9}, {@code -n2} and {@code -b31}
 *       (bins).
 *   <li>{@code trivialaugmentwide} or {@code ta_wide}: {@link TrivialAugmentWide}, with {@code -b31}.
 * </ul>
 */
public final class AugmentationPolicy {
  private static final String FORMS =
      "rand (as in rand-m9-mstd0.5-inc1), original, originalr, v0, v0r, 3a, torchvision or"
          + " trivialaugmentwide";

  private AugmentationPolicy() {}

  /**
   * Reads the name of a policy and its settings.
   *
   * @param text as above, in any case
   * @param fill what lies outside of a moved picture: {@link FillColor#ofMean} as timm trains, black as
   *     torchvision does
   * @throws IllegalArgumentException with a sentence that says what is allowed
   */
  public static GeometricTransform parse(String text, FillColor fill) {
    String policy = text.strip().toLowerCase(Locale.ROOT);
    String name = policy.split("-", 2)[0];
    Painting painting = new Painting(null, fill);
    switch (name) {
      case "rand":
        return RandAugment.parse(policy, painting);
      case "original", "originalr", "v0", "v0r", "3a":
        return AutoAugment.parse(name, policy, painting);
      case "torchvision": {
        PolicyText settings = new PolicyText(policy, name);
        int bins = settings.whole("b", 31, 2, 1000);
        int magnitude = settings.whole("m", 9, 0, bins - 1);
        int count = settings.whole("n", 2, 1, 100);
        settings.requireAllKnown("m (magnitude), n (operations) and b (number of magnitudes)");
        return new TorchvisionRandAugment(count, magnitude, bins, Interpolation.NEAREST, fill);
      }
      case "trivialaugmentwide", "ta_wide": {
        PolicyText settings = new PolicyText(policy, name);
        int bins = settings.whole("b", 31, 2, 1000);
        settings.requireAllKnown("b (number of magnitudes)");
        return new TrivialAugmentWide(bins, Interpolation.NEAREST, fill);
      }
      default:
        throw new IllegalArgumentException(
            "the augmentation policy is " + text + ", but there are only " + FORMS);
    }
  }
}
