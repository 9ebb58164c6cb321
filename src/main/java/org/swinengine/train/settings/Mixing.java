package org.swinengine.train.settings;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.swinengine.data.Mixup;

/**
 * How the images of a batch are mixed with each other; names and meanings are timm's.
 *
 * @param mixup α of mixup; 0: none
 * @param cutmix α of cutmix; 0: none
 * @param mixupProb probability that a batch (pair, image) is mixed
 * @param mixupSwitchProb probability of cutmix where both are on
 * @param mixupMode what is mixed alike
 */
public record Mixing(
    @Setting(help = "Alpha of mixup, such as 0.8; 0: none.", usual = "0", least = 0,
        label = "A") double mixup,
    @Setting(help = "Alpha of cutmix, such as 1; 0: none.", usual = "0", least = 0,
        label = "A") double cutmix,
    @Setting(help = "Probability that a batch is mixed.", usual = "1", least = 0, most = 1,
        label = "P") double mixupProb,
    @Setting(help = "Probability of cutmix where both are on.", usual = "0.5", least = 0, most = 1,
        label = "P") double mixupSwitchProb,
    @Setting(help = "What is mixed alike: a batch, a pair, or each image by itself (elem).",
        usual = "batch", label = "WHAT") Mixup.Mode mixupMode) {
  /** Whether images are mixed. */
  public boolean isOn() {
    return (mixup > 0 || cutmix > 0) && mixupProb > 0;
  }

  /** The choices that are on, as settings with their values. */
  public List<String> options() {
    List<String> options = new ArrayList<>();
    if (isOn() && mixup > 0) {
      options.add("`mixup` " + Range.shown(mixup));
    }
    if (isOn() && cutmix > 0) {
      options.add("`cutmix` " + Range.shown(cutmix));
    }
    return options;
  }

  /** What mixes; null: nothing is mixed. */
  public @Nullable Mixup of(double labelSmoothing, int classes) {
    return isOn()
        ? new Mixup(mixup, cutmix, mixupProb, mixupSwitchProb, mixupMode, labelSmoothing, classes)
        : null;
  }
}
