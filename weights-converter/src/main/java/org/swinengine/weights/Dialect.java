package org.swinengine.weights;

import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Whose names the parameters of a file have. The engine's own are Microsoft's for Swin, timm's for ViT and DeiT, and the
 * original's for Swin-Unet. Recognised from names and shapes, never from the file's name: {@link NamedWeights}.
 */
public enum Dialect {
  /** The engine's own, and whatever is not recognised. */
  ENGINE("engine"),
  /** microsoft/Swin-Transformer, and timm before 0.8. */
  MICROSOFT("microsoft"),
  /** timm; for ViT and DeiT also the original repositories. */
  TIMM("timm"),
  /** torchvision. */
  TORCHVISION("torchvision"),
  /** Hugging Face transformers, 4.x and 5.x; 4.x is what is written, which both read. */
  HUGGING_FACE("hf"),
  /** HuCaoFighting/Swin-Unet. */
  SWIN_UNET("swin_unet"),
  /** lucidrains/vit-pytorch in the versions whose patch embedding is one linear layer. */
  LUCIDRAINS("lucidrains"),
  /** PyTorch's {@code nn.TransformerEncoder}, with {@code norm_first=True} and exact GELU. */
  TORCH_ENCODER("torch_encoder");

  /** Buffers that a model computes for itself; files may hold them. */
  private static final Pattern BUFFER =
      Pattern.compile("(.*\\.)?(relative_position_index|relative_coords_table|attn_mask)");

  private final String id;

  Dialect(String id) {
    this.id = id;
  }

  /** What a user calls it: {@code hf}. */
  public String id() {
    return id;
  }

  /**
   * The dialect that a user names.
   *
   * @throws IllegalArgumentException listing the names
   */
  public static Dialect named(String id) {
    return Arrays.stream(values())
        .filter(dialect -> dialect.id.equals(id.toLowerCase(Locale.ROOT)))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "there is no dialect " + id + "; there are "
                        + String.join(", ", Arrays.stream(values()).map(Dialect::id).toList())));
  }

  /** Whether a key names a buffer that models compute for themselves. */
  public static boolean isBuffer(String key) {
    return BUFFER.matcher(key).matches();
  }

  @Override
  public String toString() {
    return id;
  }
}
