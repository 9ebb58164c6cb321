package org.swinengine.models;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.swinengine.models.swin.SwinConfig;
import org.swinengine.models.swin.SwinTransformer;
import org.swinengine.models.swinunet.SwinUnet;
import org.swinengine.models.swinunet.SwinUnetConfig;
import org.swinengine.models.swinv2.SwinTransformerV2;
import org.swinengine.models.swinv2.SwinV2Config;
import org.swinengine.models.vit.VisionTransformer;

/** The named configurations, and the way from a specification to a model. */
public final class Models {
  /** The small model that trains on the built-in data within minutes. */
  public static final String DEFAULT = "swin_nano_patch4_window7_28";

  private static final List<String> NAMES =
      List.of(
          DEFAULT,
          "swin_nano_patch2_window7_28",
          "swin_tiny_patch4_window7_224",
          "swin_tiny_c24_patch4_window8_256",
          "swin_small_patch4_window7_224",
          "swin_base_patch4_window7_224",
          "swin_base_patch4_window12_384",
          "swin_large_patch4_window7_224",
          "swin_large_patch4_window12_384",
          "swinv2_tiny_patch4_window8_256",
          "swinv2_tiny_patch4_window16_256",
          "swinv2_small_patch4_window8_256",
          "swinv2_small_patch4_window16_256",
          "swinv2_base_patch4_window8_256",
          "swinv2_base_patch4_window16_256",
          "swinv2_base_patch4_window12_192_22k",
          "swinv2_base_patch4_window12to16_192to256_22kto1k_ft",
          "swinv2_base_patch4_window12to24_192to384_22kto1k_ft",
          "swinv2_large_patch4_window12_192_22k",
          "swinv2_large_patch4_window12to16_192to256_22kto1k_ft",
          "swinv2_large_patch4_window12to24_192to384_22kto1k_ft",
          "swin_unet_tiny_patch4_window7_224",
          "vit_nano_patch4_28",
          "vit_tiny_patch16_224",
          "vit_small_patch32_224",
          "vit_small_patch16_224",
          "vit_base_patch32_224",
          "vit_base_patch16_224",
          "vit_base_patch8_224",
          "vit_large_patch16_224",
          "vit_huge_patch14_224",
          "deit_tiny_patch16_224",
          "deit_small_patch16_224",
          "deit_base_patch16_224");

  private Models() {}

  /** The names of all configurations, as the original repositories and timm name them. */
  public static List<String> names() {
    return NAMES;
  }

  /**
   * A named configuration.
   *
   * @throws ModelConfigException naming the nearest known names
   */
  public static ModelSpec spec(String name) {
    if (!NAMES.contains(name)) {
      throw new ModelConfigException(
          "there is no model named " + name + "; " + suggestion(name) + "`swin-engine models` lists all of them");
    }
    String resource = name + ".yaml";
    try (InputStream in = Models.class.getResourceAsStream(resource)) {
      return ModelConfigFile.parse(new String(in.readAllBytes(), StandardCharsets.UTF_8), resource);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A model without memory: its parameters have paths and shapes, and get their values in a parameter arena. */
  public static Model create(ModelSpec spec) {
    if (spec.architecture() instanceof SwinV2Config) {
      return new SwinTransformerV2(spec);
    }
    if (spec.architecture() instanceof SwinUnetConfig) {
      return new SwinUnet(spec);
    }
    return spec.architecture() instanceof SwinConfig ? new SwinTransformer(spec) : new VisionTransformer(spec);
  }

  private static String suggestion(String name) {
    List<String> nearest = NearestNames.of(name, NAMES, 1);
    return nearest.isEmpty() ? "" : "did you mean " + nearest.get(0) + "? ";
  }
}
