package org.swinengine.models.vit;

import static org.swinengine.models.ModelSpec.require;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.UnaryFunction;
import org.swinengine.models.ConfigSection;
import org.swinengine.ops.TanhOp;
import org.swinengine.ops.UnaryOp;

/**
 * What distinguishes home-made ViTs from the published ones.
 *
 * @param normOrder where a block normalises
 * @param activation of the MLP: GELU, RELU or SILU
 * @param lastNorm where the tokens are normalised after the blocks, about the pool: before it each token by
 *     {@code norm}, after it what it gives by {@code fc_norm}; null: before for {@link
 *     VitConfig.Pool#TOKEN}, after for the others, as timm has it
 * @param embedNorm where patches are normalised, about their embedding: before it their pixels, after it
 *     their tokens
 * @param preLogits the function of the layer before the head, where there is one
 * @param preLogitsNorm where that layer normalises, about its function; not both
 */
public record VitVariant(
    NormOrder normOrder, UnaryFunction activation, @Nullable NormPlace lastNorm, NormPlace embedNorm,
    PreLogits preLogits, NormPlace preLogitsNorm) {
  /** What an MLP may have. */
  private static final List<UnaryFunction> ACTIVATIONS =
      List.of(UnaryFunction.GELU, UnaryFunction.RELU, UnaryFunction.SILU);

  /** The published models'. */
  public static final VitVariant PUBLISHED =
      new VitVariant(
          NormOrder.PRE, UnaryFunction.GELU, null, NormPlace.NONE, PreLogits.TANH, NormPlace.NONE);

  /** Where a block normalises. */
  public enum NormOrder {
    /** {@code x + attn(norm1(x))}, the Vision Transformer's, and PyTorch's {@code norm_first=True}. */
    PRE,
    /** {@code norm1(x + attn(x))}, the first Transformer's (Vaswani et al. 2017) and PyTorch's default. */
    POST
  }

  /** Where there are LayerNorms about something. */
  public enum NormPlace {
    /** Before it. */
    BEFORE,
    /** After it. */
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

    static NormPlace of(boolean before, boolean after) {
      return before ? after ? BOTH : BEFORE : after ? AFTER : NONE;
    }
  }

  /** The function of the layer before the head. */
  public enum PreLogits {
    /** The first Vision Transformer's. */
    TANH,
    /** {@link UnaryFunction#GELU}. */
    GELU,
    /** {@link UnaryFunction#RELU}. */
    RELU,
    /** {@link UnaryFunction#SILU}. */
    SILU,
    /** None: two linear layers after each other. */
    NONE;

    Variable apply(Variable x) {
      return switch (this) {
        case TANH -> TanhOp.apply(x);
        case GELU -> UnaryOp.apply(UnaryFunction.GELU, x);
        case RELU -> UnaryOp.apply(UnaryFunction.RELU, x);
        case SILU -> UnaryOp.apply(UnaryFunction.SILU, x);
        case NONE -> x;
      };
    }
  }

  /** Checks the activation, and the place of a norm. */
  public VitVariant {
    require(ACTIVATIONS.contains(activation), "ACTIVATION %s must be gelu, relu or silu", activation);
    require(preLogitsNorm != NormPlace.BOTH, "PRE_LOGITS_NORM must be before, after or none");
  }

  /** The same with a last norm, if it has none yet. */
  VitVariant orLastNorm(NormPlace usual) {
    return lastNorm == null
        ? new VitVariant(normOrder, activation, usual, embedNorm, preLogits, preLogitsNorm)
        : this;
  }

  /**
   * The constant that a configuration names.
   *
   * @param where the key, for the error
   */
  private static <E extends Enum<E>> E named(List<E> values, String text, String where) {
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

  private static <E extends Enum<E>> E named(ConfigSection own, String key, E usual) {
    return named(
        List.of(usual.getDeclaringClass().getEnumConstants()), own.text(key, text(usual)),
        own.path() + "." + key);
  }

  static VitVariant of(ConfigSection own) {
    String lastNorm = own.text("LAST_NORM", "");
    return new VitVariant(
        named(own, "NORM_ORDER", NormOrder.PRE),
        named(ACTIVATIONS, own.text("ACTIVATION", "gelu"), own.path() + ".ACTIVATION"),
        lastNorm.isEmpty() ? null : named(own, "LAST_NORM", NormPlace.NONE),
        named(own, "EMBED_NORM", NormPlace.NONE),
        named(own, "PRE_LOGITS", PreLogits.TANH),
        named(own, "PRE_LOGITS_NORM", NormPlace.NONE));
  }

  /** The keys that {@link #of} makes an equal one of, which {@link VitConfig#lastNorm} completes. */
  void write(Map<String, Object> keys, boolean hasPreLogits) {
    if (hasPreLogits) {
      keys.put("PRE_LOGITS", text(preLogits));
      keys.put("PRE_LOGITS_NORM", text(preLogitsNorm));
    }
    keys.put("EMBED_NORM", text(embedNorm));
    keys.put("NORM_ORDER", text(normOrder));
    keys.put("ACTIVATION", text(activation));
    if (lastNorm != null) {
      keys.put("LAST_NORM", text(lastNorm));
    }
  }

  static String text(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
