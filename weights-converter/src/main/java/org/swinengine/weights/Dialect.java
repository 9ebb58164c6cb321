package org.swinengine.weights;

import java.util.regex.Pattern;

/**
 * Whose names the parameters of a file have. The engine's own are Microsoft's for Swin, timm's for ViT and
 * DeiT, and the original's for Swin-Unet. Recognised from names and shapes, never from the file's name:
 * {@link NamedWeights}. The constants are implementations of many models; who brings a {@link NameTable}
 * may bring a dialect with it.
 *
 * @param id what a user calls it, {@code hf}: lower-case letters, digits and underscores
 */
public record Dialect(String id) {
  // Before the constants, which it checks.
  private static final Pattern ID = Pattern.compile("[a-z][a-z0-9_]*");

  /** The engine's own, and whatever is not recognised. */
  public static final Dialect ENGINE = new Dialect("engine");

  /** microsoft/Swin-Transformer, and timm before 0.8. */
  public static final Dialect MICROSOFT = new Dialect("microsoft");

  /** timm; for ViT and DeiT also the original repositories. */
  public static final Dialect TIMM = new Dialect("timm");

  /** torchvision. */
  public static final Dialect TORCHVISION = new Dialect("torchvision");

  /** Hugging Face transformers, 4.x and 5.x; 4.x is what is written, which both read. */
  public static final Dialect HUGGING_FACE = new Dialect("hf");

  /** Checks the id. */
  public Dialect {
    if (!ID.matcher(id).matches()) {
      throw new IllegalArgumentException(
          "a dialect is named " + Text.quote(id)
              + ", but a name has lower-case letters, digits and underscores");
    }
  }

  @Override
  public String toString() {
    return id;
  }
}
