package org.swinengine.weights;

import static org.swinengine.weights.NameRule.joined;
import static org.swinengine.weights.NameRule.linearPatch;
import static org.swinengine.weights.NameRule.same;
import static org.swinengine.weights.NameRule.split;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The names of one family of models in one dialect. A table reads every version of the dialect; of rules for the same
 * array it writes by the first.
 *
 * @param prefix of all names but the head's, which files may lack; empty if there is none
 * @param rules for names without the prefix
 */
record NameTable(Dialect dialect, ModelFamily family, String prefix, List<NameRule> rules) {
  private static final String BLOCK = "layers.{i}.blocks.{j}.";

  /** Of all dialects; where names fit several equally well, the first one counts. */
  static final List<NameTable> ALL =
      List.of(
          new NameTable(Dialect.MICROSOFT, ModelFamily.SWIN, "", swin()),
          new NameTable(Dialect.MICROSOFT, ModelFamily.SWIN_V2, "", swinV2()),
          new NameTable(Dialect.TIMM, ModelFamily.SWIN, "", timmSwin(swin())),
          new NameTable(Dialect.TIMM, ModelFamily.SWIN_V2, "", timmSwin(swinV2())),
          new NameTable(Dialect.TIMM, ModelFamily.VIT, "", vit()),
          new NameTable(Dialect.TORCHVISION, ModelFamily.SWIN, "", torchvisionSwin(false)),
          new NameTable(Dialect.TORCHVISION, ModelFamily.SWIN_V2, "", torchvisionSwin(true)),
          new NameTable(Dialect.TORCHVISION, ModelFamily.VIT, "", torchvisionVit()),
          new NameTable(Dialect.HUGGING_FACE, ModelFamily.SWIN, "swin.", huggingFaceSwin(false)),
          new NameTable(Dialect.HUGGING_FACE, ModelFamily.SWIN_V2, "swinv2.", huggingFaceSwin(true)),
          new NameTable(Dialect.HUGGING_FACE, ModelFamily.VIT, "vit.", huggingFaceVit(false)),
          new NameTable(Dialect.HUGGING_FACE, ModelFamily.VIT, "deit.", huggingFaceVit(true)),
          new NameTable(Dialect.SWIN_UNET, ModelFamily.SWIN_UNET, "", swinUnet()),
          new NameTable(Dialect.LUCIDRAINS, ModelFamily.VIT, "", lucidrainsVit()),
          new NameTable(Dialect.TORCH_ENCODER, ModelFamily.VIT, "", torchEncoderVit()));

  private static List<NameRule> list(List<NameRule> first, NameRule... more) {
    return Stream.concat(first.stream(), Stream.of(more)).toList();
  }

  private static List<NameRule> asTheyAre(String... names) {
    return Stream.of(names).map(name -> NameRule.same(name, name)).toList();
  }

  private static List<NameRule> swinCommon() {
    return list(
        asTheyAre(
            "patch_embed.proj.{rest}", "patch_embed.norm.{rest}", "absolute_pos_embed",
            BLOCK + "norm1.{rest}", BLOCK + "norm2.{rest}", BLOCK + "attn.qkv.weight", BLOCK + "attn.proj.{rest}",
            BLOCK + "mlp.fc1.{rest}", BLOCK + "mlp.fc2.{rest}", "layers.{i}.downsample.norm.{rest}",
            "layers.{i}.downsample.reduction.weight", "norm.{rest}", "head.weight", "head.bias"));
  }

  /** Microsoft's, which are the engine's own. */
  private static List<NameRule> swin() {
    return list(
        swinCommon(),
        same(BLOCK + "attn.qkv.bias", BLOCK + "attn.qkv.bias"),
        same(BLOCK + "attn.relative_position_bias_table", BLOCK + "attn.relative_position_bias_table"),
        // The layout is decided by shapes alone, so that each layout may have the other's head.
        same("head.{rest}", "head.fc.{rest}"));
  }

  private static List<NameRule> swinV2() {
    return list(
        list(
            swinCommon(),
            asTheyAre(
                    BLOCK + "attn.q_bias", BLOCK + "attn.v_bias", BLOCK + "attn.logit_scale",
                    BLOCK + "attn.cpb_mlp.0.{rest}", BLOCK + "attn.cpb_mlp.2.weight")
                .toArray(NameRule[]::new)),
        // Files of the time of SimMIM.
        same(BLOCK + "attn.cpb_mlp.0.{rest}", BLOCK + "attn.rpe_mlp.0.{rest}"),
        same(BLOCK + "attn.cpb_mlp.2.weight", BLOCK + "attn.rpe_mlp.2.weight"),
        same("head.{rest}", "head.fc.{rest}"));
  }

  /** timm from 0.8 on: a merging belongs to the stage after it, and the head is a module with a layer. */
  private static List<NameRule> timmSwin(List<NameRule> microsoft) {
    List<NameRule> rules = new ArrayList<>();
    for (NameRule rule : microsoft) {
      String name = rule.engine().get(0).toString();
      if (name.startsWith("layers.{i}.downsample.")) {
        rules.add(same(name, name.replace("{i}", "{i+1}")));
      } else if (name.equals("head.weight") || name.equals("head.bias")) {
        rules.add(same(name, name.replace("head.", "head.fc.")));
        rules.add(rule);
      } else if (!name.startsWith("head.")) {
        rules.add(rule);
      }
    }
    return rules;
  }

  private static List<NameRule> torchvisionSwin(boolean second) {
    String block = "features.{2i+1}.{j}.";
    List<NameRule> rules =
        list(
            List.of(),
            same("patch_embed.proj.{rest}", "features.0.0.{rest}"),
            same("patch_embed.norm.{rest}", "features.0.2.{rest}"),
            same(BLOCK + "norm1.{rest}", block + "norm1.{rest}"),
            same(BLOCK + "norm2.{rest}", block + "norm2.{rest}"),
            same(BLOCK + "attn.qkv.weight", block + "attn.qkv.weight"),
            same(BLOCK + "attn.proj.{rest}", block + "attn.proj.{rest}"),
            same(BLOCK + "mlp.fc1.{rest}", block + "mlp.0.{rest}"),
            same(BLOCK + "mlp.fc2.{rest}", block + "mlp.3.{rest}"),
            same("layers.{i}.downsample.norm.{rest}", "features.{2i+2}.norm.{rest}"),
            same("layers.{i}.downsample.reduction.weight", "features.{2i+2}.reduction.weight"),
            same("norm.{rest}", "norm.{rest}"),
            same("head.{rest}", "head.{rest}"));
    if (!second) {
      return list(
          rules,
          same(BLOCK + "attn.qkv.bias", block + "attn.qkv.bias"),
          same(
              BLOCK + "attn.relative_position_bias_table", block + "attn.relative_position_bias_table"));
    }
    return list(
        rules,
        // Its key part is set to zero at run time.
        split(block + "attn.qkv.bias", BLOCK + "attn.q_bias", "", BLOCK + "attn.v_bias"),
        same(BLOCK + "attn.logit_scale", block + "attn.logit_scale"),
        same(BLOCK + "attn.cpb_mlp.0.{rest}", block + "attn.cpb_mlp.0.{rest}"),
        same(BLOCK + "attn.cpb_mlp.2.weight", block + "attn.cpb_mlp.2.weight"));
  }

  /** transformers 4.x, and 5.x after it. */
  private static List<NameRule> huggingFaceSwin(boolean second) {
    String block = "encoder." + BLOCK;
    String self = block + "attention.self.";
    String attention = block + "attention.";
    List<NameRule> rules =
        list(
            List.of(),
            same("patch_embed.proj.{rest}", "embeddings.patch_embeddings.projection.{rest}"),
            same("patch_embed.norm.{rest}", "embeddings.norm.{rest}"),
            same("absolute_pos_embed", "embeddings.position_embeddings"),
            same(BLOCK + "norm1.{rest}", block + "layernorm_before.{rest}"),
            same(BLOCK + "norm2.{rest}", block + "layernorm_after.{rest}"),
            joined(BLOCK + "attn.qkv.weight", self + "query.weight", self + "key.weight", self + "value.weight"),
            joined(
                BLOCK + "attn.qkv.weight", attention + "q_proj.weight", attention + "k_proj.weight",
                attention + "v_proj.weight"),
            same(BLOCK + "attn.proj.{rest}", attention + "output.dense.{rest}"),
            same(BLOCK + "attn.proj.{rest}", attention + "o_proj.{rest}"),
            same(BLOCK + "mlp.fc1.{rest}", block + "intermediate.dense.{rest}"),
            same(BLOCK + "mlp.fc1.{rest}", block + "mlp.fc1.{rest}"),
            same(BLOCK + "mlp.fc2.{rest}", block + "output.dense.{rest}"),
            same(BLOCK + "mlp.fc2.{rest}", block + "mlp.fc2.{rest}"),
            same("layers.{i}.downsample.norm.{rest}", "encoder.layers.{i}.downsample.norm.{rest}"),
            same(
                "layers.{i}.downsample.reduction.weight", "encoder.layers.{i}.downsample.reduction.weight"),
            same("norm.{rest}", "layernorm.{rest}"),
            same("head.{rest}", "classifier.{rest}"));
    if (!second) {
      return list(
          rules,
          joined(BLOCK + "attn.qkv.bias", self + "query.bias", self + "key.bias", self + "value.bias"),
          joined(
              BLOCK + "attn.qkv.bias", attention + "q_proj.bias", attention + "k_proj.bias",
              attention + "v_proj.bias"),
          same(
              BLOCK + "attn.relative_position_bias_table", self + "relative_position_bias_table"),
          same(
              BLOCK + "attn.relative_position_bias_table",
              attention + "relative_position_bias.relative_position_bias_table"));
    }
    return list(
        rules,
        same(BLOCK + "attn.q_bias", self + "query.bias"),
        same(BLOCK + "attn.q_bias", attention + "q_proj.bias"),
        same(BLOCK + "attn.v_bias", self + "value.bias"),
        same(BLOCK + "attn.v_bias", attention + "v_proj.bias"),
        same(BLOCK + "attn.logit_scale", self + "logit_scale"),
        same(BLOCK + "attn.logit_scale", attention + "logit_scale"),
        same(BLOCK + "attn.cpb_mlp.0.{rest}", self + "continuous_position_bias_mlp.0.{rest}"),
        same(BLOCK + "attn.cpb_mlp.2.weight", self + "continuous_position_bias_mlp.2.weight"));
  }

  private static final String VIT_BLOCK = "blocks.{i}.";

  /** timm's ViT and DeiT, which are the engine's own. */
  private static List<NameRule> vit() {
    return list(
        asTheyAre(
            "cls_token", "dist_token", "reg_token", "pos_embed", "patch_embed.proj.{rest}", "norm_pre.{rest}",
            VIT_BLOCK + "norm1.{rest}", VIT_BLOCK + "norm2.{rest}", VIT_BLOCK + "attn.qkv.{rest}",
            VIT_BLOCK + "attn.proj.{rest}", VIT_BLOCK + "mlp.fc1.{rest}", VIT_BLOCK + "mlp.fc2.{rest}",
            VIT_BLOCK + "ls1.gamma", VIT_BLOCK + "ls2.gamma", "norm.{rest}", "fc_norm.{rest}",
            "pre_logits.fc.{rest}", "head.weight", "head.bias", "head_dist.{rest}"),
        // DeiT-3 as published.
        same(VIT_BLOCK + "ls1.gamma", VIT_BLOCK + "gamma_1"),
        same(VIT_BLOCK + "ls2.gamma", VIT_BLOCK + "gamma_2"));
  }

  private static List<NameRule> torchvisionVit() {
    String block = "encoder.layers.encoder_layer_{i}.";
    return list(
        List.of(),
        same("cls_token", "class_token"),
        same("pos_embed", "encoder.pos_embedding"),
        same("patch_embed.proj.{rest}", "conv_proj.{rest}"),
        same(VIT_BLOCK + "norm1.{rest}", block + "ln_1.{rest}"),
        same(VIT_BLOCK + "norm2.{rest}", block + "ln_2.{rest}"),
        same(VIT_BLOCK + "attn.qkv.{rest}", block + "self_attention.in_proj_{rest}"),
        same(VIT_BLOCK + "attn.proj.{rest}", block + "self_attention.out_proj.{rest}"),
        same(VIT_BLOCK + "mlp.fc1.{rest}", block + "mlp.0.{rest}"),
        same(VIT_BLOCK + "mlp.fc1.{rest}", block + "mlp.linear_1.{rest}"),
        same(VIT_BLOCK + "mlp.fc2.{rest}", block + "mlp.3.{rest}"),
        same(VIT_BLOCK + "mlp.fc2.{rest}", block + "mlp.linear_2.{rest}"),
        same("norm.{rest}", "encoder.ln.{rest}"),
        same("pre_logits.fc.{rest}", "heads.pre_logits.{rest}"),
        same("head.{rest}", "heads.head.{rest}"));
  }

  /** @param distilled whether for DeiT with a teacher, whose two heads have names of their own */
  private static List<NameRule> huggingFaceVit(boolean distilled) {
    String old = "encoder.layer.{i}.";
    String self = old + "attention.attention.";
    String block = "layers.{i}.";
    String attention = block + "attention.";
    List<NameRule> rules =
        list(
        List.of(),
        same("cls_token", "embeddings.cls_token"),
        same("pos_embed", "embeddings.position_embeddings"),
        same("patch_embed.proj.{rest}", "embeddings.patch_embeddings.projection.{rest}"),
        same(VIT_BLOCK + "norm1.{rest}", old + "layernorm_before.{rest}"),
        same(VIT_BLOCK + "norm1.{rest}", block + "layernorm_before.{rest}"),
        same(VIT_BLOCK + "norm2.{rest}", old + "layernorm_after.{rest}"),
        same(VIT_BLOCK + "norm2.{rest}", block + "layernorm_after.{rest}"),
        joined(VIT_BLOCK + "attn.qkv.weight", self + "query.weight", self + "key.weight", self + "value.weight"),
        joined(
            VIT_BLOCK + "attn.qkv.weight", attention + "q_proj.weight", attention + "k_proj.weight",
            attention + "v_proj.weight"),
        joined(VIT_BLOCK + "attn.qkv.bias", self + "query.bias", self + "key.bias", self + "value.bias"),
        joined(
            VIT_BLOCK + "attn.qkv.bias", attention + "q_proj.bias", attention + "k_proj.bias",
            attention + "v_proj.bias"),
        same(VIT_BLOCK + "attn.proj.{rest}", old + "attention.output.dense.{rest}"),
        same(VIT_BLOCK + "attn.proj.{rest}", attention + "o_proj.{rest}"),
        same(VIT_BLOCK + "mlp.fc1.{rest}", old + "intermediate.dense.{rest}"),
        same(VIT_BLOCK + "mlp.fc1.{rest}", block + "mlp.fc1.{rest}"),
        same(VIT_BLOCK + "mlp.fc2.{rest}", old + "output.dense.{rest}"),
        same(VIT_BLOCK + "mlp.fc2.{rest}", block + "mlp.fc2.{rest}"),
        same("norm.{rest}", "layernorm.{rest}"),
        same("pre_logits.fc.{rest}", "pooler.dense.{rest}"));
    if (!distilled) {
      return list(rules, same("head.{rest}", "classifier.{rest}"));
    }
    return list(
        rules,
        same("dist_token", "embeddings.distillation_token"),
        same("head.{rest}", "cls_classifier.{rest}"),
        same("head_dist.{rest}", "distillation_classifier.{rest}"));
  }

  /** The original's, which are the engine's own. */
  private static List<NameRule> swinUnet() {
    String up = "layers_up.{i}.";
    return list(
        swin().stream().filter(rule -> !rule.engine().get(0).toString().startsWith("head.")).toList(),
        asTheyAre(
                up + "expand.weight", up + "norm.{rest}", up + "blocks.{j}.norm1.{rest}",
                up + "blocks.{j}.norm2.{rest}", up + "blocks.{j}.attn.qkv.{rest}",
                up + "blocks.{j}.attn.proj.{rest}", up + "blocks.{j}.attn.relative_position_bias_table",
                up + "blocks.{j}.mlp.fc1.{rest}", up + "blocks.{j}.mlp.fc2.{rest}", up + "upsample.expand.weight",
                up + "upsample.norm.{rest}", "concat_back_dim.{i}.{rest}", "norm_up.{rest}", "up.expand.weight",
                "up.norm.{rest}", "output.{rest}")
            .toArray(NameRule[]::new));
  }

  /** Phil Wang's vit-pytorch in the versions whose patch embedding is one linear layer. */
  private static List<NameRule> lucidrainsVit() {
    String block = "transformer.layers.{i}.";
    return list(
        List.of(),
        same("cls_token", "cls_token"),
        same("pos_embed", "pos_embedding"),
        linearPatch("patch_embed.proj.weight", "to_patch_embedding.1.weight"),
        same("patch_embed.proj.bias", "to_patch_embedding.1.bias"),
        linearPatch("patch_embed.proj.weight", "patch_to_embedding.weight"),
        same("patch_embed.proj.bias", "patch_to_embedding.bias"),
        same(VIT_BLOCK + "norm1.{rest}", block + "0.norm.{rest}"),
        same(VIT_BLOCK + "attn.qkv.weight", block + "0.fn.to_qkv.weight"),
        same(VIT_BLOCK + "attn.proj.{rest}", block + "0.fn.to_out.0.{rest}"),
        same(VIT_BLOCK + "norm2.{rest}", block + "1.norm.{rest}"),
        same(VIT_BLOCK + "mlp.fc1.{rest}", block + "1.fn.net.0.{rest}"),
        same(VIT_BLOCK + "mlp.fc2.{rest}", block + "1.fn.net.3.{rest}"),
        same("norm.{rest}", "mlp_head.0.{rest}"),
        same("head.{rest}", "mlp_head.1.{rest}"));
  }

  /** {@code nn.TransformerEncoder} or {@code nn.MultiheadAttention} within a ViT of timm's parts. */
  private static List<NameRule> torchEncoderVit() {
    String block = "transformer.layers.{i}.";
    return list(
        List.of(),
        same("cls_token", "cls_token"),
        same("pos_embed", "pos_embed"),
        same("patch_embed.proj.{rest}", "patch_embed.proj.{rest}"),
        same(VIT_BLOCK + "norm1.{rest}", block + "norm1.{rest}"),
        same(VIT_BLOCK + "norm2.{rest}", block + "norm2.{rest}"),
        same(VIT_BLOCK + "attn.qkv.{rest}", block + "self_attn.in_proj_{rest}"),
        same(VIT_BLOCK + "attn.proj.{rest}", block + "self_attn.out_proj.{rest}"),
        same(VIT_BLOCK + "mlp.fc1.{rest}", block + "linear1.{rest}"),
        same(VIT_BLOCK + "mlp.fc2.{rest}", block + "linear2.{rest}"),
        same("norm.{rest}", "norm.{rest}"),
        same("norm.{rest}", "mlp_head.0.{rest}"),
        same("head.{rest}", "head.{rest}"),
        same("head.{rest}", "mlp_head.1.{rest}"));
  }

  /**
   * A name that the table knows.
   *
   * @param index which of the rule's names in the dialect it is
   */
  record Match(NameRule rule, int index, Map<String, String> holes) {}

  /** Reads a name of the dialect, with or without the prefix; null if it is unknown. */
  Match read(String name) {
    String bare = !prefix.isEmpty() && name.startsWith(prefix) ? name.substring(prefix.length()) : name;
    for (NameRule rule : rules) {
      for (int i = 0; i < rule.dialect().size(); i++) {
        Map<String, String> holes = rule.dialect().get(i).read(bare);
        if (holes != null) {
          return new Match(rule, i, holes);
        }
      }
    }
    return null;
  }

  /** The same for an engine's name. */
  private Match readEngine(String name) {
    for (NameRule rule : rules) {
      for (int i = 0; i < rule.engine().size(); i++) {
        NameTemplate template = rule.engine().get(i);
        Map<String, String> holes = template == NameRule.ZEROS ? null : template.read(name);
        if (holes != null) {
          return new Match(rule, i, holes);
        }
      }
    }
    return null;
  }

  /** {@link NamedWeights#write}. */
  static StateDict write(StateDict engine, Dialect dialect) {
    NameTable best = null;
    List<String> fewest = List.of();
    for (NameTable table : ALL) {
      if (table.dialect == dialect) {
        List<String> unknown =
            engine.names().stream().filter(name -> table.readEngine(name) == null).toList();
        if (best == null || unknown.size() < fewest.size()) {
          best = table;
          fewest = unknown;
        }
      }
    }
    if (!fewest.isEmpty()) {
      throw new IllegalArgumentException(
          "the dialect " + dialect + " has no place for " + fewest.size() + " of the " + engine.size()
              + " arrays: " + String.join(", ", fewest.subList(0, Math.min(4, fewest.size())))
              + (fewest.size() > 4 ? ", …" : ""));
    }
    return best.write(engine);
  }

  private StateDict write(StateDict engine) {
    StateDict.Builder builder = StateDict.builder().metadata(engine.metadata());
    for (String name : engine.names()) {
      Match match = readEngine(name);
      NameRule rule = match.rule();
      // A rule of several names is carried out for the first of those that are there.
      boolean first =
          rule.engine().subList(0, match.index()).stream()
              .noneMatch(t -> t != NameRule.ZEROS && engine.contains(t.write(match.holes())));
      if (first) {
        List<ArrayData> arrays = new ArrayList<>();
        for (NameTemplate template : rule.engine()) {
          arrays.add(template == NameRule.ZEROS ? null : engine.get(template.write(match.holes())));
        }
        List<ArrayData> converted = rule.toDialect(arrays);
        for (int i = 0; i < converted.size(); i++) {
          builder.put(prefixed(rule.dialect().get(i).write(match.holes())), converted.get(i));
        }
      }
    }
    return builder.build();
  }

  /** Heads stand outside the prefix. */
  private String prefixed(String name) {
    return name.contains("classifier.") ? name : prefix + name;
  }
}
