package org.swinengine.train.settings;

import java.util.List;
import java.util.Map;
import org.swinengine.data.Transform;
import org.swinengine.data.augment.ColorJitter;
import org.swinengine.data.augment.GaussianBlur;
import org.swinengine.data.augment.GaussianNoise;
import org.swinengine.data.augment.PixelOperation;
import org.swinengine.data.augment.RandomOperation;
import org.swinengine.data.augment.RandomVariation;

/**
 * How the values of training images are varied, besides {@link Augmentation#colorJitter}. Each choice is off
 * at 0.
 *
 * @param hue largest turn of the hue, a share of the colour circle
 * @param gamma largest change g of the exponent, which is uniform from 1 − g to 1 + g
 * @param grayscale probability that an image loses its colours
 * @param gaussianBlur probability that an image is blurred: timm's kernel of 23 pixels, σ of 0.1 to 2
 * @param noise largest standard deviation of normal noise, a share of the range from black to white
 */
public record Colours(
    @Setting(
        help = "Largest turn of the hue, a share of the circle.",
        usual = "0", label = "H", least = 0, most = 0.5) double hue,
    @Setting(
        help = "Largest change of a gamma of 1.",
        usual = "0", label = "G", least = 0, most = 0.9) double gamma,
    @Setting(
        help = "Probability of making an image grey.",
        usual = "0", label = "P", least = 0, most = 1) double grayscale,
    @Setting(
        help = "Probability of blurring, by a deviation of 0.1 to 2 pixels.",
        usual = "0", label = "P", least = 0, most = 1) double gaussianBlur,
    @Setting(
        help = "Largest deviation of normal noise; 1 is from black to white.",
        usual = "0", label = "S", least = 0, most = 1) double noise) {
  private static final SettingTable<Colours> TABLE = SettingTable.of(Colours.class);
  private static final int BLUR_SIZE = 23;

  /** No change. */
  public static final Colours NONE = TABLE.from(Map.of());

  /** These choices, by their names; all others are off. */
  public static Colours of(Map<String, ?> choices) {
    return TABLE.from(choices);
  }

  /** The choices that are on, as settings with their values. */
  public List<String> options() {
    return TABLE.changes(this, NONE).stream()
        .map(setting -> "`" + setting.name() + "` " + setting.text(setting.of(this)))
        .toList();
  }

  /**
   * Adds the steps.
   *
   * @param colorJitter largest relative change of brightness, contrast and saturation
   * @param withHue whether the hue is turned
   */
  void addTo(List<Transform> steps, double colorJitter, boolean withHue) {
    double turn = withHue ? hue : 0;
    if (colorJitter > 0 || turn > 0) {
      steps.add(new ColorJitter(colorJitter, colorJitter, colorJitter, turn));
    }
    if (gamma > 0) {
      steps.add(new RandomVariation(PixelOperation.GAMMA, 1 - gamma, 1 + gamma, 1));
    }
    if (grayscale > 0) {
      steps.add(new RandomOperation(PixelOperation.GRAYSCALE, 0, grayscale));
    }
    if (gaussianBlur > 0) {
      steps.add(new GaussianBlur(BLUR_SIZE, 0.1, 2, gaussianBlur));
    }
    if (noise > 0) {
      steps.add(new GaussianNoise(0, noise, 1));
    }
  }
}
