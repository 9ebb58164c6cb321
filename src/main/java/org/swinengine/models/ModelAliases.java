package org.swinengine.models;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
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

  /** Weights behind a name of torchvision's that are of the model's usual size. */
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
    Set<String> names = new TreeSet<>();
    ModelFamilies.all().forEach(family -> names.addAll(family.torchvisionNames().keySet()));
    names.removeIf(name -> name.indexOf('.') >= 0);
    return names;
  }

  private static Optional<ModelSpec> torchvision(String name) {
    int dot = name.indexOf('.');
    boolean usual = dot >= 0 && TORCHVISION_WEIGHTS.contains(name.substring(dot + 1));
    String model = usual ? name.substring(0, dot) : name;
    return ModelFamilies.all().stream()
        .map(family -> family.torchvisionNames().get(model))
        .filter(Objects::nonNull)
        .findFirst()
        .flatMap(ModelAliases::table)
        .map(spec -> as(Dialect.TORCHVISION, spec));
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
    Optional<ModelSpec> respelled =
        ModelFamilies.all().stream()
            .flatMap(family -> family.respelled(name).stream())
            .findFirst()
            .flatMap(ModelAliases::table);
    if (respelled.isPresent()) {
      return respelled;
    }
    for (Map.Entry<String, Integer> end : ENDS.entrySet()) {
      if (name.endsWith(end.getKey())) {
        return table(name.substring(0, name.length() - end.getKey().length()))
            .map(spec -> trainedOn(end.getKey(), spec.withClasses(end.getValue())));
      }
    }
    return Optional.empty();
  }

  private static ModelSpec trainedOn(String end, ModelSpec spec) {
    return ModelFamilies.of(spec).trainedOn(spec, end);
  }

  private static Optional<ModelSpec> table(String name) {
    return Optional.ofNullable(Configurations.all().get(name)).map(Configurations.Entry::spec);
  }

  private static ModelSpec as(Dialect dialect, ModelSpec spec) {
    return DialectSemantics.apply(spec, dialect);
  }
}
