package org.swinengine.models;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.swinengine.weights.ArrayData;

/** How implementations make position tables fit another window or image size. */
public enum PositionResizing {
  /** Bicubic, a = −0.75, no antialiasing: {@code load_pretrained} of the Swin repository. */
  MICROSOFT,
  /** Bias tables linear along a geometric progression, embeddings bicubic with antialiasing, a = −0.5. */
  TIMM,
  /** As Microsoft's: {@code interpolate_pos_encoding} of transformers. */
  HUGGING_FACE;

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
    throw new IllegalArgumentException(
        "there is no way of resizing named " + id + "; there are microsoft, timm and hf");
  }

  /**
   * A position table of another size; null if the array is none, or cannot be resized because more than its
   * size differs.
   *
   * @param path the parameter's
   * @param wanted its shape
   */
  float @Nullable [] resize(String path, ArrayData array, long[] wanted, ModelSpec spec) {
    long[] given = array.shape();
    if (given.length != wanted.length || given.length < 2) {
      return null;
    }
    int last = given.length - 1;
    Optional<PositionTable> known = ModelFamilies.of(spec).positions(path, wanted, spec);
    if (given[last] != wanted[last] || known.isEmpty()) {
      return null;
    }
    PositionTable table = known.get();
    int prefix = table.prefix();
    int oldSide = StateShapes.side(given[last - 1] - prefix);
    boolean one = table.relative() || given[0] == 1 && wanted[0] == 1;
    if (!one || oldSide == 0 || (long) table.height() * table.width() + prefix != wanted[last - 1]) {
      return null;
    }
    int channels = Math.toIntExact(given[last]);
    float[] values = array.toFloats();
    float[] old = Arrays.copyOfRange(values, prefix * channels, values.length);
    float[] resized =
        table.relative() && this == TIMM
            ? GridResampling.geometric(old, oldSide, oldSide, table.height(), table.width())
            : GridResampling.bicubic(old, oldSide, oldSide, table.height(), table.width(), this == TIMM);
    float[] result = Arrays.copyOf(values, prefix * channels + resized.length);
    System.arraycopy(resized, 0, result, prefix * channels, resized.length);
    return result;
  }
}
