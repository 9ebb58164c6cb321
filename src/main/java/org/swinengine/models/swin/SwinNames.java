package org.swinengine.models.swin;

import static org.swinengine.weights.NameRule.asTheyAre;
import static org.swinengine.weights.NameRule.joined;
import static org.swinengine.weights.NameRule.list;
import static org.swinengine.weights.NameRule.same;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.swinengine.weights.Dialect;
import org.swinengine.weights.NameRule;
import org.swinengine.weights.NameTable;

/** The names of Swin V1's parameters in all dialects, and those that its relatives have in common with it. */
public final class SwinNames {
  /** Before the names of a block. */
  public static final String BLOCK = "layers.{i}.blocks.{j}.";

  /** Before the names of a block of torchvision's. */
  public static final String TORCHVISION_BLOCK = "features.{2i+1}.{j}.";

  /** Before the names of a block's attention in transformers 5.x; 4.x has {@code self.} behind it. */
  public static final String HUGGING_FACE_ATTENTION = "encoder." + BLOCK + "attention.";

  /** Before the names of a block's attention in transformers 4.x. */
  public static final String HUGGING_FACE_SELF = HUGGING_FACE_ATTENTION + "self.";

  /** What the models compute for themselves. */
  public static final List<String> BUFFERS =
      List.of("relative_position_index", "relative_coords_table", "attn_mask");

  private static final int MOST_STAGES = 32;

  private SwinNames() {}

  static List<NameTable> tables() {
    String family = SwinFamily.TYPE;
    return List.of(
        new NameTable(Dialect.MICROSOFT, family, microsoft()).withBuffers(BUFFERS)
            .decidedBy(SwinNames::layout),
        new NameTable(Dialect.TIMM, family, timm(microsoft())).withBuffers(BUFFERS)
            .decidedBy(SwinNames::layout),
        new NameTable(Dialect.TORCHVISION, family, torchvision()).withBuffers(BUFFERS),
        new NameTable(Dialect.HUGGING_FACE, family, huggingFace()).withBuffers(BUFFERS).withPrefix("swin."));
  }

  /** What all versions have under Microsoft's names. */
  public static List<NameRule> common() {
    return asTheyAre(
        "patch_embed.proj.{rest}", "patch_embed.norm.{rest}", "absolute_pos_embed",
        BLOCK + "norm1.{rest}", BLOCK + "norm2.{rest}", BLOCK + "attn.qkv.weight", BLOCK + "attn.proj.{rest}",
        BLOCK + "mlp.fc1.{rest}", BLOCK + "mlp.fc2.{rest}", "layers.{i}.downsample.norm.{rest}",
        "layers.{i}.downsample.reduction.weight", "norm.{rest}", "head.weight", "head.bias");
  }

  /** Microsoft's, which are the engine's own. */
  public static List<NameRule> microsoft() {
    return list(
        common(),
        same(BLOCK + "attn.qkv.bias", BLOCK + "attn.qkv.bias"),
        same(BLOCK + "attn.relative_position_bias_table", BLOCK + "attn.relative_position_bias_table"),
        // The layout is decided by shapes alone, so that each layout may have the other's head.
        same("head.{rest}", "head.fc.{rest}"));
  }

  /** timm from 0.8 on: a merging belongs to the stage after it, and the head is a module with a layer. */
  public static List<NameRule> timm(List<NameRule> microsoft) {
    List<NameRule> rules = new ArrayList<>();
    for (NameRule rule : microsoft) {
      String name = rule.engineName();
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

  /**
   * Whose layout it is. Microsoft's merging is the last part of a stage, timm's the first of the next one:
   * the same names, which the number of channels tells apart.
   */
  public static Dialect layout(Map<String, long[]> shapes) {
    for (int i = 0; i < MOST_STAGES; i++) {
      long[] reduction = shapes.get("layers." + i + ".downsample.reduction.weight");
      long[] norm = shapes.get("layers." + i + ".blocks.0.norm1.weight");
      if (reduction != null && norm != null && reduction.length == 2 && norm.length == 1) {
        return reduction[1] == 4 * norm[0] ? Dialect.MICROSOFT : Dialect.TIMM;
      }
    }
    return shapes.containsKey("head.fc.weight") ? Dialect.TIMM : Dialect.MICROSOFT;
  }

  private static List<NameRule> torchvision() {
    String block = TORCHVISION_BLOCK;
    return list(
        torchvisionCommon(),
        same(BLOCK + "attn.qkv.bias", block + "attn.qkv.bias"),
        same(BLOCK + "attn.relative_position_bias_table", block + "attn.relative_position_bias_table"));
  }

  /** What all versions have in torchvision. */
  public static List<NameRule> torchvisionCommon() {
    String block = TORCHVISION_BLOCK;
    return List.of(
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
  }

  private static List<NameRule> huggingFace() {
    String self = HUGGING_FACE_SELF;
    String attention = HUGGING_FACE_ATTENTION;
    return list(
        huggingFaceCommon(),
        joined(BLOCK + "attn.qkv.bias", self + "query.bias", self + "key.bias", self + "value.bias"),
        joined(
            BLOCK + "attn.qkv.bias", attention + "q_proj.bias", attention + "k_proj.bias",
            attention + "v_proj.bias"),
        same(BLOCK + "attn.relative_position_bias_table", self + "relative_position_bias_table"),
        same(
            BLOCK + "attn.relative_position_bias_table",
            attention + "relative_position_bias.relative_position_bias_table"));
  }

  /** What all versions have in transformers 4.x, and 5.x after it. */
  public static List<NameRule> huggingFaceCommon() {
    String block = "encoder." + BLOCK;
    String self = HUGGING_FACE_SELF;
    String attention = HUGGING_FACE_ATTENTION;
    return List.of(
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
        same("layers.{i}.downsample.reduction.weight", "encoder.layers.{i}.downsample.reduction.weight"),
        same("norm.{rest}", "layernorm.{rest}"),
        same("head.{rest}", "classifier.{rest}").outsidePrefix());
  }
}
