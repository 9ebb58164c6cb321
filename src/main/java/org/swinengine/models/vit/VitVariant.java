package org.swinengine.models.vit;

import static org.swinengine.models.ModelSpec.require;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.swinengine.backend.UnaryFunction;

/**
 * What distinguishes home-made ViTs from the published ones without changing a shape.
 *
 * @param normOrder where a block normalises
 * @param activation of the MLP: GELU, RELU or SILU
 * @param lastNorm where the tokens are normalised after the blocks; null: before the pool for {@link
 *     VitConfig.Pool#TOKEN}, after it for the others, as timm has it
 */
public record VitVariant(NormOrder normOrder, UnaryFunction activation, @Nullable LastNorm lastNorm) {
  /** What an MLP may have. */
  private static final List<UnaryFunction> ACTIVATIONS =
      List.of(UnaryFunction.GELU, UnaryFunction.RELU, UnaryFunction.SILU);

  /** The published models'. */
  public static final VitVariant PUBLISHED = new VitVariant(NormOrder.PRE, UnaryFunction.GELU, null);

  /** Where a block normalises. */
  public enum NormOrder {
    /** {@code x + attn(norm1(x))}, the Vision Transformer's, and PyTorch's {@code norm_first=True}. */
    PRE,
    /** {@code norm1(x + attn(x))}, the first Transformer's (Vaswani et al. 2017) and PyTorch's default. */
    POST
  }

  /** Where tokens are normalised after the blocks. */
  public enum LastNorm {
    /** {@code norm}, each token before the pool. */
    BEFORE,
    /** {@code fc_norm}, what the pool gives. */
    AFTER,
    /** Both. */
    BOTH,
    /** Nowhere. */
    NONE;

    boolean isBefore() {
      return this == BEFORE || this == BOTH;
    }

    boolean isAfter() {
      return this == AFTER || this == BOTH;
    }
  }

  /** Checks the activation. */
  public VitVariant {
    require(ACTIVATIONS.contains(activation), "ACTIVATION %s must be gelu, relu or silu", activation);
  }

  /** The same with a last norm, if it has none yet. */
  VitVariant orLastNorm(LastNorm usual) {
    return lastNorm == null ? new VitVariant(normOrder, activation, usual) : this;
  }

  /**
   * The constant that a configuration names.
   *
   * @param where the key, for the error
   */
  static <E extends Enum<E>> E named(List<E> values, String text, String where) {
    String allowed = values.stream().map(VitVariant::text).collect(Collectors.joining(", "));
    return values.stream()
        .filter(value -> text(value).equals(text.toLowerCase(Locale.ROOT)))
        .findFirst()
        .orElseThrow(
            () -> {
              require(false, "%s is %s; it must be one of %s", where, text, allowed);
              return new IllegalStateException();
            });
  }

  static VitVariant of(String normOrder, String activation, String lastNorm, String section) {
    return new VitVariant(
        named(Arrays.asList(NormOrder.values()), normOrder, section + ".NORM_ORDER"),
        named(ACTIVATIONS, activation, section + ".ACTIVATION"),
        lastNorm.isEmpty() ? null
            : named(Arrays.asList(LastNorm.values()), lastNorm, section + ".LAST_NORM"));
  }

  static String text(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
