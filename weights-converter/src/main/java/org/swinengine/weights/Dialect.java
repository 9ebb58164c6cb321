package org.swinengine.weights;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How an implementation names the parameters of a model. The engine's own names are Microsoft's for Swin and timm's for
 * ViT; a dialect renames its keys to those. Recognised by the keys themselves, never by the file's name.
 */
public enum Dialect {
  /** Microsoft's Swin, timm's ViT: the names as they are. */
  ENGINE(List.of()),
  /** The Swin-Unet repository's wrapper around the network. */
  SWIN_UNET(List.of(new Rule("swin_unet\\.(.+)", m -> m.group(1)))),
  /** torchvision's {@code swin_t} and its kin. */
  TORCHVISION_SWIN(
      List.of(
          new Rule("features\\.0\\.0\\.(.+)", m -> "patch_embed.proj." + m.group(1)),
          new Rule("features\\.0\\.2\\.(.+)", m -> "patch_embed.norm." + m.group(1)),
          new Rule("features\\.(\\d+)\\.(reduction|norm)\\.(.+)", m -> swinStage(m, 2) + "downsample." + m.group(2) + "." + m.group(3)),
          new Rule("features\\.(\\d+)\\.(\\d+)\\.mlp\\.0\\.(.+)", m -> swinBlock(m) + "mlp.fc1." + m.group(3)),
          new Rule("features\\.(\\d+)\\.(\\d+)\\.mlp\\.3\\.(.+)", m -> swinBlock(m) + "mlp.fc2." + m.group(3)),
          new Rule("features\\.(\\d+)\\.(\\d+)\\.(.+)", m -> swinBlock(m) + m.group(3)))),
  /** torchvision's {@code vit_b_16} and its kin. */
  TORCHVISION_VIT(
      List.of(
          new Rule("class_token", m -> "cls_token"),
          new Rule("encoder\\.pos_embedding", m -> "pos_embed"),
          new Rule("conv_proj\\.(.+)", m -> "patch_embed.proj." + m.group(1)),
          new Rule("encoder\\.ln\\.(.+)", m -> "norm." + m.group(1)),
          new Rule("heads\\.head\\.(.+)", m -> "head." + m.group(1)),
          vitBlock("ln_1\\.(.+)", "norm1."),
          vitBlock("ln_2\\.(.+)", "norm2."),
          vitBlock("self_attention\\.in_proj_(weight|bias)", "attn.qkv."),
          vitBlock("self_attention\\.out_proj\\.(.+)", "attn.proj."),
          vitBlock("mlp\\.(?:0|linear_1)\\.(.+)", "mlp.fc1."),
          vitBlock("mlp\\.(?:3|linear_2)\\.(.+)", "mlp.fc2.")));

  /** Buffers that a model computes for itself; files may hold them. */
  private static final Pattern BUFFER =
      Pattern.compile("(.*\\.)?(relative_position_index|relative_coords_table|attn_mask)");

  private interface Renaming {
    String apply(Matcher matcher);
  }

  private record Rule(Pattern pattern, Renaming renaming) {
    Rule(String pattern, Renaming renaming) {
      this(Pattern.compile(pattern), renaming);
    }

    Optional<String> rename(String key) {
      Matcher matcher = pattern.matcher(key);
      return matcher.matches() ? Optional.of(renaming.apply(matcher)) : Optional.empty();
    }
  }

  private final List<Rule> rules;

  Dialect(List<Rule> rules) {
    this.rules = rules;
  }

  /** The dialect in which a file's keys are written. */
  public static Dialect of(Set<String> keys) {
    if (keys.contains("features.0.0.weight")) {
      return TORCHVISION_SWIN;
    }
    if (keys.contains("class_token") && keys.contains("conv_proj.weight")) {
      return TORCHVISION_VIT;
    }
    return keys.contains("swin_unet.output.weight") ? SWIN_UNET : ENGINE;
  }

  /** The engine's name for a key; a key that the dialect does not know stays as it is. */
  public String toEngine(String key) {
    return rules.stream().flatMap(rule -> rule.rename(key).stream()).findFirst().orElse(key);
  }

  /** Whether a key names a buffer that models compute for themselves. */
  public static boolean isBuffer(String key) {
    return BUFFER.matcher(key).matches();
  }

  /** A state dict under the engine's names, buffers left out, with the same metadata. */
  public StateDict toEngine(StateDict dict) {
    StateDict.Builder builder = StateDict.builder().metadata(dict.metadata());
    dict.arrays()
        .forEach(
            (key, array) -> {
              if (!isBuffer(key)) {
                builder.put(toEngine(key), array);
              }
            });
    return builder.build();
  }

  /** {@code features.k} is stage (k − 1)/2 for odd k, and the merging after stage (k − 2)/2 for even k. */
  private static String swinStage(Matcher matcher, int first) {
    return "layers." + (Integer.parseInt(matcher.group(1)) - first) / 2 + ".";
  }

  private static String swinBlock(Matcher matcher) {
    return swinStage(matcher, 1) + "blocks." + matcher.group(2) + ".";
  }

  private static Rule vitBlock(String rest, String name) {
    return new Rule(
        "encoder\\.layers\\.encoder_layer_(\\d+)\\." + rest,
        m -> "blocks." + m.group(1) + "." + name + m.group(2));
  }
}
