package org.swinengine.models.swinv2;

import static org.swinengine.models.ModelSpec.require;

import java.util.List;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.swin.SwinConfig;
import org.swinengine.nn.WindowPolicy;

/**
 * A Swin Transformer V2 (Liu et al. 2022) but for its image size and classes.
 *
 * <p>Hugging Face adds the mask of shifted windows twice, −200 instead of −100. Both vanish in the softmax
 * unless a head's logit scale is above about 30; then its logits differ from these.
 *
 * @param layout what it has in common with Swin V1; {@code qkScale} is null, since cosine attention has none
 * @param pretrainedWindows for each stage the side of the window with which it was pre-trained, which scales
 *     the coordinates of its position bias; 0: the window that it has
 */
public record SwinV2Config(SwinConfig layout, List<Integer> pretrainedWindows)
    implements ModelSpec.Architecture {
  /** Checks that the numbers fit together. */
  public SwinV2Config {
    pretrainedWindows = List.copyOf(pretrainedWindows);
    require(layout.qkScale() == null, "cosine attention takes no QK_SCALE");
    require(
        pretrainedWindows.size() == layout.stages(),
        "%d stages have depths but %d have pretrained window sizes",
        layout.stages(),
        pretrainedWindows.size());
    for (int window : pretrainedWindows) {
      require(
          window == 0 || window > 1,
          "pretrained window size %d must be 0 (none) or at least 2",
          window);
    }
  }

  @Override
  public String type() {
    return "swinv2";
  }

  /**
   * Rows and columns of tokens by which a stage's windows are chosen, as {@link SwinConfig#windowResolution};
   * Hugging Face looks at the rows alone, and rounds down.
   */
  int[] windowResolution(ModelSpec spec, int stage) {
    if (layout.windowPolicy() != WindowPolicy.HUGGING_FACE) {
      return layout.windowResolution(spec, stage);
    }
    int rows = spec.imageHeight() / layout.patch() >> stage;
    return new int[] {rows, rows};
  }
}
