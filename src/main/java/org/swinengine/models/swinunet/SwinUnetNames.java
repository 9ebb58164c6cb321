package org.swinengine.models.swinunet;

import static org.swinengine.weights.NameRule.asTheyAre;
import static org.swinengine.weights.NameRule.list;

import java.util.List;
import org.swinengine.models.swin.SwinNames;
import org.swinengine.weights.NameRule;
import org.swinengine.weights.NameTable;

/** The names of Swin-Unet's parameters in its repository, which are the engine's own. */
final class SwinUnetNames {
  private SwinUnetNames() {}

  static List<NameTable> tables() {
    return List.of(
        new NameTable(SwinUnetFamily.DIALECT, SwinUnetFamily.TYPE, rules())
            .withBuffers(SwinNames.BUFFERS)
            .withWrapper("swin_unet."));
  }

  private static List<NameRule> rules() {
    String up = "layers_up.{i}.";
    return list(
        SwinNames.microsoft().stream().filter(rule -> !rule.engineName().startsWith("head.")).toList(),
        asTheyAre(
            up + "expand.weight", up + "norm.{rest}", up + "blocks.{j}.norm1.{rest}",
            up + "blocks.{j}.norm2.{rest}", up + "blocks.{j}.attn.qkv.{rest}",
            up + "blocks.{j}.attn.proj.{rest}", up + "blocks.{j}.attn.relative_position_bias_table",
            up + "blocks.{j}.mlp.fc1.{rest}", up + "blocks.{j}.mlp.fc2.{rest}", up + "upsample.expand.weight",
            up + "upsample.norm.{rest}", "concat_back_dim.{i}.{rest}", "norm_up.{rest}", "up.expand.weight",
            "up.norm.{rest}", "output.{rest}")
            .toArray(NameRule[]::new));
  }
}
