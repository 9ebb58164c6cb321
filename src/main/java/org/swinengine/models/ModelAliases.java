package org.swinengine.models;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.swinengine.models.swin.SwinConfig;
import org.swinengine.weights.Dialect;

/**
 * The names that implementations have for models of the table: timm's with a tag
 * ({@code vit_base_patch16_224.augreg_in21k}), torchvision's ({@code swin_t}), repositories of the Hugging
 * Face Hub ({@code google/vit-base-patch16-224}), and files and configurations of the original repository
 * ({@code swin_base_patch4_window7_224_22k}). Such a name says how many classes there are, and which
 * implementation's rules the model follows.
 */
final class ModelAliases {
  /** Classes of the original ImageNet-22k models. */
  private static final int IN22K = 21_841;

  /** Classes of Google's ImageNet-21k models. */
  private static final int IN21K = 21_843;

  private static final int IN12K = 11_821;
  private static final int IN1K = 1000;

  private static final Map<String, String> TORCHVISION =
      Map.ofEntries(
          Map.entry("swin_t", "swin_tiny_patch4_window7_224"),
          Map.entry("swin_s", "swin_small_patch4_window7_224"),
          Map.entry("swin_b", "swin_base_patch4_window7_224"),
          Map.entry("swin_v2_t", "swinv2_tiny_patch4_window8_256"),
          Map.entry("swin_v2_s", "swinv2_small_patch4_window8_256"),
          Map.entry("swin_v2_b", "swinv2_base_patch4_window8_256"),
          Map.entry("vit_b_16", "vit_base_patch16_224"),
          Map.entry("vit_b_32", "vit_base_patch32_224"),
          Map.entry("vit_l_16", "vit_large_patch16_224"),
          Map.entry("vit_l_32", "vit_large_patch32_224"),
          Map.entry("vit_h_14", "vit_huge_patch14_224"));

  /** Models fine-tuned at the size of their pictures in SWAG (Singh et al. 2022). */
  private static final Map<String, String> SWAG =
      Map.of(
          "vit_b_16", "vit_base_patch16_384", "vit_l_16", "vit_large_patch16_512", "vit_h_14",
          "vit_huge_patch14_518");

  private static final Set<String> TORCHVISION_WEIGHTS =
      Set.of("DEFAULT", "IMAGENET1K_V1", "IMAGENET1K_V2", "IMAGENET1K_SWAG_LINEAR_V1");
  private static final Set<String> HUB_OWNERS = Set.of("microsoft", "google", "facebook");

  /** What a timm tag ends with after the last {@code _ft_}, or the end of an older name. */
  private static final Map<String, Integer> DATA_SETS =
      Map.of("in1k", IN1K, "in12k", IN12K, "in21k", IN21K, "in22k", IN22K);

  /** Longest first: the ends of the original repository's and of timm's older names. */
  private static final Map<String, Integer> ENDS = new LinkedHashMap<>();

  static {
    ENDS.put("_22kto1k_finetune", IN1K);
    ENDS.put("_22kto1k", IN1K);
    ENDS.put("_in21ft1k", IN1K);
    ENDS.put("_in22ft1k", IN1K);
    ENDS.put("_finetune", IN1K);
    ENDS.put("_in22k", IN22K);
    ENDS.put("_in21k", IN21K);
    ENDS.put("_22k", IN22K);
  }

  /** timm's Swin V2: no patch size in the name. */
  private static final Pattern TIMM_SWIN_V2 =
      Pattern.compile("swinv2_(tiny|small|base|large)_window(\\d+)(to\\d+)?_(\\d+)(to\\d+)?(_22k|_22kft1k)?");

  private ModelAliases() {}

  /** The model of a name that is not in the table itself; empty if no implementation has such a name. */
  static Optional<ModelSpec> resolve(String name) {
    int slash = name.indexOf('/');
    if (slash >= 0) {
      String owner = name.substring(0, slash);
      String rest = name.substring(slash + 1);
      if (owner.equals("timm")) {
        return tagged(rest);
      }
      return HUB_OWNERS.contains(owner)
          ? untagged(rest.replace('-', '_')).map(spec -> as(Dialect.HUGGING_FACE, spec))
          : Optional.empty();
    }
    return torchvision(name).or(() -> tagged(name)).or(() -> untagged(name));
  }

  /** Names of whole models, for suggestions. */
  static Set<String> examples() {
    return TORCHVISION.keySet();
  }

  private static Optional<ModelSpec> torchvision(String name) {
    int dot = name.indexOf('.');
    String model = dot < 0 ? name : name.substring(0, dot);
    String weights = dot < 0 ? "DEFAULT" : name.substring(dot + 1);
    String target =
        weights.equals("IMAGENET1K_SWAG_E2E_V1")
            ? SWAG.get(model)
            : TORCHVISION_WEIGHTS.contains(weights) ? TORCHVISION.get(model) : null;
    return table(target).map(spec -> as(Dialect.TORCHVISION, spec));
  }

  /** timm's {@code MODEL.TAG}; the tag ends with the data set on which the head was trained. */
  private static Optional<ModelSpec> tagged(String name) {
    int dot = name.indexOf('.');
    if (dot < 0) {
      return Optional.empty();
    }
    String tag = name.substring(dot + 1);
    Integer classes = DATA_SETS.get(tag.substring(tag.lastIndexOf('_') + 1));
    return classes == null
        ? Optional.empty()
        : untagged(name.substring(0, dot)).map(spec -> as(Dialect.TIMM, spec.withClasses(classes)));
  }

  private static Optional<ModelSpec> untagged(String name) {
    Optional<ModelSpec> exact = table(name);
    if (exact.isPresent()) {
      return exact;
    }
    Matcher second = TIMM_SWIN_V2.matcher(name);
    if (second.matches()) {
      String tuned = second.group(3) == null ? "" : "_22kto1k_ft";
      String plain = second.group(3) == null && second.group(2).equals("12") ? "_22k" : tuned;
      return table(
          "swinv2_" + second.group(1) + "_patch4_window" + second.group(2) + text(second.group(3)) + "_"
              + second.group(4) + text(second.group(5)) + plain);
    }
    for (Map.Entry<String, Integer> end : ENDS.entrySet()) {
      if (name.endsWith(end.getKey())) {
        return table(name.substring(0, name.length() - end.getKey().length()))
            .map(spec -> as22k(end.getKey(), spec.withClasses(end.getValue())));
      }
    }
    return Optional.empty();
  }

  private static String text(String group) {
    return group == null ? "" : group;
  }

  /** Stochastic depth of the original's configurations for ImageNet-22k and for what is fine-tuned from it. */
  private static ModelSpec as22k(String end, ModelSpec spec) {
    boolean original = spec.architecture() instanceof SwinConfig && end.startsWith("_22k");
    return original ? spec.withDropPath(spec.name().startsWith("swin_tiny") ? 0.1 : 0.2) : spec;
  }

  private static Optional<ModelSpec> table(String name) {
    return Optional.ofNullable(name).map(Configurations.all()::get).map(Configurations.Entry::spec);
  }

  private static ModelSpec as(Dialect dialect, ModelSpec spec) {
    return DialectSemantics.apply(spec, dialect);
  }
}
