package org.swinengine.models;

import org.swinengine.models.swin.SwinConfig;
import org.swinengine.models.swinv2.SwinV2Config;
import org.swinengine.models.vit.VitConfig;
import org.swinengine.nn.WindowPolicy;
import org.swinengine.weights.Dialect;

/** What a dialect means beyond its names: implementations differ where a configuration says nothing. */
public final class DialectSemantics {
  private DialectSemantics() {}

  /** A model as the implementation runs it whose weights are loaded; what the specification says stays as it is. */
  public static ModelSpec apply(ModelSpec spec, Dialect dialect) {
    if (spec.architecture() instanceof SwinConfig swin && swin.policy() == null) {
      return spec.withArchitecture(swin.withPolicy(policy(dialect)));
    }
    if (spec.architecture() instanceof SwinV2Config swin && swin.layout().policy() == null) {
      return spec.withArchitecture(
          new SwinV2Config(swin.layout().withPolicy(policy(dialect)), swin.pretrainedWindows()));
    }
    if (spec.architecture() instanceof VitConfig vit && vit.normEpsilon() == null) {
      return spec.withArchitecture(vit.withNormEpsilon(epsilon(dialect)));
    }
    return spec;
  }

  /** LayerNorm's epsilon in a dialect's ViTs. */
  static double epsilon(Dialect dialect) {
    return switch (dialect) {
      case HUGGING_FACE -> 1e-12;
      case LUCIDRAINS, TORCH_ENCODER -> 1e-5;
      default -> 1e-6;
    };
  }

  private static WindowPolicy policy(Dialect dialect) {
    return switch (dialect) {
      case TIMM -> WindowPolicy.TIMM;
      case TORCHVISION -> WindowPolicy.TORCHVISION;
      case HUGGING_FACE -> WindowPolicy.HUGGING_FACE;
      default -> WindowPolicy.MICROSOFT;
    };
  }
}
