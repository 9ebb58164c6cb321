package org.swinengine.models.vit;

import static org.swinengine.weights.NameRule.asTheyAre;
import static org.swinengine.weights.NameRule.byHeads;
import static org.swinengine.weights.NameRule.joined;
import static org.swinengine.weights.NameRule.linearPatch;
import static org.swinengine.weights.NameRule.list;
import static org.swinengine.weights.NameRule.same;
import static org.swinengine.weights.NameRule.threeAxes;
import static org.swinengine.weights.NameRule.unfoldedPatch;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.swinengine.weights.Dialect;
import org.swinengine.weights.NameRule;
import org.swinengine.weights.NameTable;

/** The names of ViT's and DeiT's parameters in all dialects. */
final class VitNames {
  /** lucidrains/vit-pytorch from the versions on whose attention is scaled by a head's channels. */
  static final Dialect LUCIDRAINS = new Dialect("lucidrains");

  /** PyTorch's {@code nn.TransformerEncoder}. */
  static final Dialect TORCH_ENCODER = new Dialect("torch_encoder");

  /**
   * ViTs that people made of PyTorch's own layers, after their names were changed to timm's: queries, keys
   * and values may be arrays of their own, also for each head; a patch may be embedded by a linear layer,
   * {@code patch_embed.linear} where channels vary fastest in it and {@code patch_embed.unfold} where they
   * vary slowest; positions and the class token may lack axes; and the rows of {@code attn.heads4_qkv} go by
   * four heads first, {@code (h qkv d)}, those of {@code attn.heads4_dim_qkv} are {@code (h d qkv)}.
   */
  static final Dialect TORCH_VIT = new Dialect("torch_vit");

  private static final String BLOCK = "blocks.{i}.";
  private static final Pattern HEAD_OF_QUERIES =
      Pattern.compile("(?:.*\\.)?blocks\\.0\\.attn\\.q\\.(\\d{1,3})\\.weight");
  private static final Pattern ROWS_BY_HEADS =
      Pattern.compile("(?:.*\\.)?blocks\\.0\\.attn\\.heads(\\d{1,3})_(?:dim_)?qkv\\.weight");
  private static final String ON_REQUEST =
      "the names are those of nn.TransformerEncoder, which do not say how its layers compute; say `dialect`"
          + " torch_encoder, `normOrder` pre or post (PyTorch's default), `activation` gelu or relu (the"
          + " default), and `heads`";
  private static final String PARTS_ON_REQUEST =
      "the names are timm's, but for queries, keys and values apart, and do not say how the model computes;"
          + " say `dialect` torch_vit, `normOrder` pre or post, `activation` gelu, relu or silu, and `heads`";

  private VitNames() {}

  /** Whether names do not say how the model computes. */
  static boolean isOfOnesOwn(Dialect dialect) {
    return dialect.equals(TORCH_ENCODER) || dialect.equals(TORCH_VIT);
  }

  static List<NameTable> tables() {
    return tables(0, 0);
  }

  /** For a file with these names, whose heads may be arrays of their own. */
  static List<NameTable> tables(Collection<String> names) {
    int heads = 0;
    int rows = 0;
    for (String name : names) {
      Matcher head = HEAD_OF_QUERIES.matcher(name);
      heads = head.matches() ? Math.max(heads, 1 + Integer.parseInt(head.group(1))) : heads;
      Matcher number = ROWS_BY_HEADS.matcher(name);
      rows = number.matches() ? Integer.parseInt(number.group(1)) : rows;
    }
    return tables(heads, rows);
  }

  /**
   * @param heads that are arrays of their own; 0: none
   * @param rows heads by which the rows of queries, keys and values go; 0: by parts
   */
  private static List<NameTable> tables(int heads, int rows) {
    String family = VitFamily.TYPE;
    return List.of(
        new NameTable(Dialect.TIMM, family, timm()),
        new NameTable(Dialect.TORCHVISION, family, torchvision()),
        new NameTable(Dialect.HUGGING_FACE, family, huggingFace(false)).withPrefix("vit."),
        new NameTable(Dialect.HUGGING_FACE, family, huggingFace(true)).withPrefix("deit."),
        new NameTable(LUCIDRAINS, family, lucidrains()),
        new NameTable(LUCIDRAINS, family, newerLucidrains()),
        new NameTable(TORCH_ENCODER, family, torchEncoder()).onlyOnRequest(ON_REQUEST),
        new NameTable(TORCH_VIT, family, torchVit(heads, rows)).onlyOnRequest(PARTS_ON_REQUEST));
  }

  /** timm's ViT and DeiT, which are the engine's own. */
  private static List<NameRule> timm() {
    return list(
        asTheyAre(
            "cls_token", "dist_token", "reg_token", "pos_embed", "patch_embed.proj.{rest}",
            "patch_embed.norm_pre.{rest}", "patch_embed.norm.{rest}", "norm_pre.{rest}",
            BLOCK + "norm1.{rest}", BLOCK + "norm2.{rest}", BLOCK + "attn.qkv.{rest}",
            BLOCK + "attn.proj.{rest}", BLOCK + "mlp.fc1.{rest}", BLOCK + "mlp.fc2.{rest}",
            BLOCK + "ls1.gamma", BLOCK + "ls2.gamma", "norm.{rest}", "fc_norm.{rest}",
            "pre_logits.fc.{rest}", "pre_logits.norm.{rest}", "head.weight", "head.bias", "head_dist.{rest}"),
        // DeiT-3 as published.
        same(BLOCK + "ls1.gamma", BLOCK + "gamma_1"),
        same(BLOCK + "ls2.gamma", BLOCK + "gamma_2"));
  }

  private static List<NameRule> torchvision() {
    String block = "encoder.layers.encoder_layer_{i}.";
    return List.of(
        same("cls_token", "class_token"),
        same("pos_embed", "encoder.pos_embedding"),
        same("patch_embed.proj.{rest}", "conv_proj.{rest}"),
        same(BLOCK + "norm1.{rest}", block + "ln_1.{rest}"),
        same(BLOCK + "norm2.{rest}", block + "ln_2.{rest}"),
        same(BLOCK + "attn.qkv.{rest}", block + "self_attention.in_proj_{rest}"),
        same(BLOCK + "attn.proj.{rest}", block + "self_attention.out_proj.{rest}"),
        same(BLOCK + "mlp.fc1.{rest}", block + "mlp.0.{rest}"),
        same(BLOCK + "mlp.fc1.{rest}", block + "mlp.linear_1.{rest}"),
        same(BLOCK + "mlp.fc2.{rest}", block + "mlp.3.{rest}"),
        same(BLOCK + "mlp.fc2.{rest}", block + "mlp.linear_2.{rest}"),
        same("norm.{rest}", "encoder.ln.{rest}"),
        same("pre_logits.fc.{rest}", "heads.pre_logits.{rest}"),
        same("head.{rest}", "heads.head.{rest}"));
  }

  /** @param distilled whether for DeiT with a teacher, whose two heads have names of their own */
  private static List<NameRule> huggingFace(boolean distilled) {
    String old = "encoder.layer.{i}.";
    String self = old + "attention.attention.";
    String block = "layers.{i}.";
    String attention = block + "attention.";
    List<NameRule> rules =
        List.of(
            same("cls_token", "embeddings.cls_token"),
            same("pos_embed", "embeddings.position_embeddings"),
            same("patch_embed.proj.{rest}", "embeddings.patch_embeddings.projection.{rest}"),
            same(BLOCK + "norm1.{rest}", old + "layernorm_before.{rest}"),
            same(BLOCK + "norm1.{rest}", block + "layernorm_before.{rest}"),
            same(BLOCK + "norm2.{rest}", old + "layernorm_after.{rest}"),
            same(BLOCK + "norm2.{rest}", block + "layernorm_after.{rest}"),
            joined(BLOCK + "attn.qkv.weight", self + "query.weight", self + "key.weight",
                self + "value.weight"),
            joined(
                BLOCK + "attn.qkv.weight", attention + "q_proj.weight", attention + "k_proj.weight",
                attention + "v_proj.weight"),
            joined(BLOCK + "attn.qkv.bias", self + "query.bias", self + "key.bias", self + "value.bias"),
            joined(
                BLOCK + "attn.qkv.bias", attention + "q_proj.bias", attention + "k_proj.bias",
                attention + "v_proj.bias"),
            same(BLOCK + "attn.proj.{rest}", old + "attention.output.dense.{rest}"),
            same(BLOCK + "attn.proj.{rest}", attention + "o_proj.{rest}"),
            same(BLOCK + "mlp.fc1.{rest}", old + "intermediate.dense.{rest}"),
            same(BLOCK + "mlp.fc1.{rest}", block + "mlp.fc1.{rest}"),
            same(BLOCK + "mlp.fc2.{rest}", old + "output.dense.{rest}"),
            same(BLOCK + "mlp.fc2.{rest}", block + "mlp.fc2.{rest}"),
            same("norm.{rest}", "layernorm.{rest}"),
            same("pre_logits.fc.{rest}", "pooler.dense.{rest}"));
    if (!distilled) {
      return list(rules, same("head.{rest}", "classifier.{rest}").outsidePrefix());
    }
    return list(
        rules,
        same("dist_token", "embeddings.distillation_token"),
        same("head.{rest}", "cls_classifier.{rest}").outsidePrefix(),
        same("head_dist.{rest}", "distillation_classifier.{rest}").outsidePrefix());
  }

  /** Phil Wang's vit-pytorch in the versions whose patch embedding is one linear layer. */
  private static List<NameRule> lucidrains() {
    String block = "transformer.layers.{i}.";
    return List.of(
        threeAxes("cls_token", "cls_token"),
        threeAxes("pos_embed", "pos_embedding"),
        linearPatch("patch_embed.proj.weight", "to_patch_embedding.1.weight"),
        same("patch_embed.proj.bias", "to_patch_embedding.1.bias"),
        linearPatch("patch_embed.proj.weight", "patch_to_embedding.weight"),
        same("patch_embed.proj.bias", "patch_to_embedding.bias"),
        same(BLOCK + "norm1.{rest}", block + "0.norm.{rest}"),
        same(BLOCK + "attn.qkv.weight", block + "0.fn.to_qkv.weight"),
        same(BLOCK + "attn.proj.{rest}", block + "0.fn.to_out.0.{rest}"),
        same(BLOCK + "norm2.{rest}", block + "1.norm.{rest}"),
        same(BLOCK + "mlp.fc1.{rest}", block + "1.fn.net.0.{rest}"),
        same(BLOCK + "mlp.fc2.{rest}", block + "1.fn.net.3.{rest}"),
        same("fc_norm.{rest}", "mlp_head.0.{rest}"),
        same("norm.{rest}", "mlp_head.0.{rest}"),
        same("head.{rest}", "mlp_head.1.{rest}"));
  }

  /** The same from 1.0 on: norms around the embedding, and none but the last one outside the layers. */
  private static List<NameRule> newerLucidrains() {
    String block = "transformer.layers.{i}.";
    return List.of(
        threeAxes("cls_token", "cls_token"),
        threeAxes("pos_embed", "pos_embedding"),
        linearPatch("patch_embed.norm_pre.weight", "to_patch_embedding.1.weight"),
        linearPatch("patch_embed.norm_pre.bias", "to_patch_embedding.1.bias"),
        linearPatch("patch_embed.proj.weight", "to_patch_embedding.2.weight"),
        same("patch_embed.proj.bias", "to_patch_embedding.2.bias"),
        same("patch_embed.norm.{rest}", "to_patch_embedding.3.{rest}"),
        same(BLOCK + "norm1.{rest}", block + "0.norm.{rest}"),
        same(BLOCK + "attn.qkv.weight", block + "0.to_qkv.weight"),
        same(BLOCK + "attn.qkv.weight", block + "0.fn.to_qkv.weight"),
        same(BLOCK + "attn.proj.{rest}", block + "0.to_out.0.{rest}"),
        same(BLOCK + "attn.proj.{rest}", block + "0.fn.to_out.0.{rest}"),
        same(BLOCK + "norm2.{rest}", block + "1.net.0.{rest}"),
        same(BLOCK + "norm2.{rest}", block + "1.norm.{rest}"),
        same(BLOCK + "mlp.fc1.{rest}", block + "1.net.1.{rest}"),
        same(BLOCK + "mlp.fc1.{rest}", block + "1.fn.net.0.{rest}"),
        same(BLOCK + "mlp.fc2.{rest}", block + "1.net.4.{rest}"),
        same(BLOCK + "mlp.fc2.{rest}", block + "1.fn.net.3.{rest}"),
        same("norm.{rest}", "transformer.norm.{rest}"),
        same("fc_norm.{rest}", "mlp_head.0.{rest}"),
        same("head.{rest}", "mlp_head.1.{rest}"),
        same("head.{rest}", "mlp_head.{rest}"));
  }

  /** {@code nn.TransformerEncoder} or {@code nn.MultiheadAttention} within a ViT of timm's parts. */
  private static List<NameRule> torchEncoder() {
    String block = "transformer.layers.{i}.";
    return List.of(
        threeAxes("cls_token", "cls_token"),
        threeAxes("pos_embed", "pos_embed"),
        same("patch_embed.proj.{rest}", "patch_embed.proj.{rest}"),
        same(BLOCK + "norm1.{rest}", block + "norm1.{rest}"),
        same(BLOCK + "norm2.{rest}", block + "norm2.{rest}"),
        same(BLOCK + "attn.qkv.{rest}", block + "self_attn.in_proj_{rest}"),
        same(BLOCK + "attn.proj.{rest}", block + "self_attn.out_proj.{rest}"),
        same(BLOCK + "mlp.fc1.{rest}", block + "linear1.{rest}"),
        same(BLOCK + "mlp.fc2.{rest}", block + "linear2.{rest}"),
        same("norm.{rest}", "norm.{rest}"),
        same("norm.{rest}", "mlp_head.0.{rest}"),
        same("head.{rest}", "head.{rest}"),
        same("head.{rest}", "mlp_head.1.{rest}"));
  }

  /** timm's names, and parts of its arrays. */
  private static List<NameRule> torchVit(int heads, int rows) {
    String attention = BLOCK + "attn.";
    List<NameRule> rules =
        new ArrayList<>(List.of(threeAxes("cls_token", "cls_token"), threeAxes("pos_embed", "pos_embed")));
    rules.addAll(timm());
    for (String kind : List.of("weight", "bias")) {
      if (rows > 0) {
        String joined = attention + "qkv." + kind;
        String byHead = attention + "heads" + rows;
        rules.add(byHeads(joined, byHead + "_qkv." + kind, rows, false));
        rules.add(byHeads(joined, byHead + "_dim_qkv." + kind, rows, true));
      }
      rules.add(
          joined(attention + "qkv." + kind, attention + "q." + kind, attention + "k." + kind,
              attention + "v." + kind));
      if (heads > 0) {
        String[] parts = new String[3 * heads];
        for (int i = 0; i < parts.length; i++) {
          parts[i] = attention + "qkv".charAt(i / heads) + "." + i % heads + "." + kind;
        }
        rules.add(joined(attention + "qkv." + kind, parts));
      }
    }
    rules.add(linearPatch("patch_embed.proj.weight", "patch_embed.linear.weight"));
    rules.add(same("patch_embed.proj.bias", "patch_embed.linear.bias"));
    rules.add(unfoldedPatch("patch_embed.proj.weight", "patch_embed.unfold.weight"));
    rules.add(same("patch_embed.proj.bias", "patch_embed.unfold.bias"));
    for (String kind : List.of("weight", "bias")) {
      rules.add(linearPatch("patch_embed.norm_pre." + kind, "patch_embed.norm_linear." + kind));
      rules.add(unfoldedPatch("patch_embed.norm_pre." + kind, "patch_embed.norm_unfold." + kind));
    }
    return rules;
  }
}
