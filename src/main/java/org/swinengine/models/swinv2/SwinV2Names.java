package org.swinengine.models.swinv2;

import static org.swinengine.models.swin.SwinNames.BLOCK;
import static org.swinengine.weights.NameRule.asTheyAre;
import static org.swinengine.weights.NameRule.list;
import static org.swinengine.weights.NameRule.same;
import static org.swinengine.weights.NameRule.split;

import java.util.List;
import org.swinengine.models.swin.SwinNames;
import org.swinengine.weights.Dialect;
import org.swinengine.weights.NameRule;
import org.swinengine.weights.NameTable;

/** The names of Swin V2's parameters in all dialects. */
final class SwinV2Names {
  private SwinV2Names() {}

  static List<NameTable> tables() {
    String family = SwinV2Family.TYPE;
    List<String> buffers = SwinNames.BUFFERS;
    return List.of(
        new NameTable(Dialect.MICROSOFT, family, microsoft()).withBuffers(buffers)
            .decidedBy(SwinNames::layout),
        new NameTable(Dialect.TIMM, family, SwinNames.timm(microsoft()))
            .withBuffers(buffers)
            .decidedBy(SwinNames::layout),
        new NameTable(Dialect.TORCHVISION, family, torchvision()).withBuffers(buffers),
        new NameTable(Dialect.HUGGING_FACE, family, huggingFace()).withBuffers(buffers)
            .withPrefix("swinv2."));
  }

  private static List<NameRule> microsoft() {
    NameRule[] own =
        asTheyAre(
            BLOCK + "attn.q_bias", BLOCK + "attn.v_bias", BLOCK + "attn.logit_scale",
            BLOCK + "attn.cpb_mlp.0.{rest}", BLOCK + "attn.cpb_mlp.2.weight")
            .toArray(NameRule[]::new);
    return list(
        list(SwinNames.common(), own),
        // Files of the time of SimMIM.
        same(BLOCK + "attn.cpb_mlp.0.{rest}", BLOCK + "attn.rpe_mlp.0.{rest}"),
        same(BLOCK + "attn.cpb_mlp.2.weight", BLOCK + "attn.rpe_mlp.2.weight"),
        same("head.{rest}", "head.fc.{rest}"));
  }

  private static List<NameRule> torchvision() {
    String block = SwinNames.TORCHVISION_BLOCK;
    return list(
        SwinNames.torchvisionCommon(),
        // Its key part is set to zero at run time.
        split(block + "attn.qkv.bias", BLOCK + "attn.q_bias", "", BLOCK + "attn.v_bias"),
        same(BLOCK + "attn.logit_scale", block + "attn.logit_scale"),
        same(BLOCK + "attn.cpb_mlp.0.{rest}", block + "attn.cpb_mlp.0.{rest}"),
        same(BLOCK + "attn.cpb_mlp.2.weight", block + "attn.cpb_mlp.2.weight"));
  }

  private static List<NameRule> huggingFace() {
    String self = SwinNames.HUGGING_FACE_SELF;
    String attention = SwinNames.HUGGING_FACE_ATTENTION;
    return list(
        SwinNames.huggingFaceCommon(),
        same(BLOCK + "attn.q_bias", self + "query.bias"),
        same(BLOCK + "attn.q_bias", attention + "q_proj.bias"),
        same(BLOCK + "attn.v_bias", self + "value.bias"),
        same(BLOCK + "attn.v_bias", attention + "v_proj.bias"),
        same(BLOCK + "attn.logit_scale", self + "logit_scale"),
        same(BLOCK + "attn.logit_scale", attention + "logit_scale"),
        same(BLOCK + "attn.cpb_mlp.0.{rest}", self + "continuous_position_bias_mlp.0.{rest}"),
        same(BLOCK + "attn.cpb_mlp.2.weight", self + "continuous_position_bias_mlp.2.weight"));
  }
}
