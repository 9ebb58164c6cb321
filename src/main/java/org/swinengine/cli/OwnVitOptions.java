package org.swinengine.cli;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import picocli.CommandLine.Option;

/** What the arrays of a ViT of one's own cannot show. */
final class OwnVitOptions {
  @Option(
      names = "--norm-order",
      paramLabel = "pre|post",
      description = "Whether the blocks of a ViT of one's own normalise before attention and MLP"
          + " (norm_first=True) or after them, PyTorch's default.")
  private String normOrder;

  @Option(
      names = "--activation",
      paramLabel = "gelu|relu|silu",
      description = "The MLP's function in a ViT of one's own; PyTorch's default is relu.")
  private String activation;

  @Option(
      names = "--pool",
      paramLabel = "token|avg|all",
      description = "What the head of a ViT of one's own sees: the class token, the patches' mean, or the"
          + " mean of all.")
  private String pool;

  @Option(
      names = "--last-norm",
      paramLabel = "before|after",
      description = "Whether a ViT of one's own normalises its tokens before their mean, or the mean.")
  private String lastNorm;

  @Option(
      names = "--pre-logits",
      paramLabel = "tanh|gelu|relu|silu|none",
      description = "The function between the two last layers of a ViT of one's own.")
  private String preLogits;

  @Option(
      names = "--pre-logits-norm",
      paramLabel = "before|after",
      description = "Whether a norm between these layers comes before that function or after it.")
  private String preLogitsNorm;

  @Option(
      names = "--patch-order",
      paramLabel = "hwc|chw",
      description = "With --rename auto: how a linear embedding of coloured patches takes their pixels, as"
          + " (p1 p2 c) or as (c p1 p2), nn.Unfold's way.")
  private String patchOrder;

  @Option(
      names = "--qkv-order",
      paramLabel = "ORDER",
      description = "With --rename auto: how the rows of one layer for queries, keys and values lie, by heads"
          + " h and their channels d: qkv-h-d (timm's), h-qkv-d or h-d-qkv.")
  private String qkvOrder;

  /** What was given, by the keys of a configuration. */
  Map<String, String> said() {
    Map<String, String> said = new LinkedHashMap<>();
    said.put("NORM_ORDER", normOrder);
    said.put("ACTIVATION", activation);
    said.put("POOL", pool);
    said.put("LAST_NORM", lastNorm);
    said.put("PRE_LOGITS", preLogits);
    said.put("PRE_LOGITS_NORM", preLogitsNorm);
    said.put("PATCH_ORDER", patchOrder);
    said.put("QKV_ORDER", qkvOrder);
    said.values().removeIf(Objects::isNull);
    said.replaceAll((key, value) -> value.toLowerCase(Locale.ROOT));
    return said;
  }
}
