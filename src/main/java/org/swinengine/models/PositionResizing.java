package org.swinengine.models;

import java.util.Arrays;
import java.util.Locale;
import org.swinengine.models.swin.SwinConfig;
import org.swinengine.models.swinv2.SwinV2Config;
import org.swinengine.models.vit.VitConfig;
import org.swinengine.weights.ArrayData;
import org.swinengine.weights.Dialect;

/** How implementations make position tables fit another window or image size. */
public enum PositionResizing {
  /** Bicubic, a = −0.75, no antialiasing: {@code load_pretrained} of the Swin repository. */
  MICROSOFT,
  /** Bias tables linear along a geometric progression, embeddings bicubic with antialiasing, a = −0.5. */
  TIMM,
  /** As Microsoft's: {@code interpolate_pos_encoding} of transformers. */
  HUGGING_FACE;

  private static final String BIAS_TABLE = "relative_position_bias_table";

  /** What a user calls it: {@code hf}. */
  public String id() {
    return this == HUGGING_FACE ? "hf" : name().toLowerCase(Locale.ROOT);
  }

  /**
   * The way that a user names.
   *
   * @throws IllegalArgumentException listing the names
   */
  public static PositionResizing named(String id) {
    for (PositionResizing way : values()) {
      if (way.id().equals(id.toLowerCase(Locale.ROOT))) {
        return way;
      }
    }
    throw new IllegalArgumentException("there is no way of resizing named " + id + "; there are microsoft, timm and hf");
  }

  /** The way of the implementation that wrote the weights. */
  static PositionResizing of(Dialect dialect, ModelSpec spec) {
    switch (dialect) {
      case HUGGING_FACE:
        return HUGGING_FACE;
      case MICROSOFT:
      case SWIN_UNET:
        return MICROSOFT;
      case ENGINE:
        return spec.architecture() instanceof VitConfig ? TIMM : MICROSOFT;
      default:
        return TIMM;
    }
  }

  /**
   * A position table of another size; null if the array is none, or cannot be resized because more than its size differs.
   *
   * @param path the parameter's
   * @param wanted its shape
   */
  float[] resize(String path, ArrayData array, long[] wanted, ModelSpec spec) {
    long[] given = array.shape();
    if (given.length != wanted.length || given.length < 2) {
      return null;
    }
    int last = given.length - 1;
    boolean table = path.endsWith(BIAS_TABLE);
    boolean embedding = path.equals("pos_embed") || path.equals("absolute_pos_embed");
    if (given[last] != wanted[last] || !table && !(embedding && given[0] == 1 && wanted[0] == 1)) {
      return null;
    }
    int prefix = embedding && spec.architecture() instanceof VitConfig vit ? vit.embeddedPrefix() : 0;
    int oldSide = side(given[last - 1] - prefix);
    int[] grid = table ? tableGrid(wanted[0], spec) : tokenGrid(spec);
    if (oldSide == 0 || grid == null || (long) grid[0] * grid[1] + prefix != wanted[last - 1]) {
      return null;
    }
    int channels = Math.toIntExact(given[last]);
    float[] values = array.toFloats();
    float[] old = Arrays.copyOfRange(values, prefix * channels, values.length);
    float[] resized =
        table && this == TIMM
            ? GridResampling.geometric(old, oldSide, oldSide, grid[0], grid[1])
            : GridResampling.bicubic(old, oldSide, oldSide, grid[0], grid[1], this == TIMM);
    float[] result = Arrays.copyOf(values, prefix * channels + resized.length);
    System.arraycopy(resized, 0, result, prefix * channels, resized.length);
    return result;
  }

  private static int side(long cells) {
    int side = (int) Math.round(Math.sqrt(cells));
    return cells > 0 && (long) side * side == cells ? side : 0;
  }

  private static int[] tableGrid(long rows, ModelSpec spec) {
    int side = side(rows);
    if (side > 0) {
      return new int[] {side, side};
    }
    if (spec.architecture() instanceof SwinConfig swin) {
      int[] grid = {2 * swin.windowHeight() - 1, 2 * swin.windowWidth() - 1};
      return (long) grid[0] * grid[1] == rows ? grid : null;
    }
    return null;
  }

  private static int[] tokenGrid(ModelSpec spec) {
    int patch =
        spec.architecture() instanceof SwinConfig swin ? swin.patch()
            : spec.architecture() instanceof SwinV2Config second ? second.layout().patch()
            : spec.architecture() instanceof VitConfig vit ? vit.patch() : 0;
    return patch == 0 ? null : new int[] {spec.imageHeight() / patch, spec.imageWidth() / patch};
  }
}
