package org.swinengine.models;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** The named configurations, and the way from a specification to a model. */
public final class Models {
  /** The small model that trains on the built-in data within minutes. */
  public static final String DEFAULT = "swin_nano_patch4_window7_28";

  private Models() {}

  /** The names of all configurations, as the original repositories and timm name them, family by family. */
  public static List<String> names() {
    return List.copyOf(Configurations.all().keySet());
  }

  /**
   * The family of a named configuration, for a heading: {@code Swin Transformer V2}.
   *
   * @param name one of {@link #names}
   */
  public static String family(String name) {
    return Objects.requireNonNull(Configurations.all().get(name), name).family();
  }

  /**
   * A named configuration. Beside {@link #names} these are known, and then the implementation's rules and the
   * number of classes are set too: timm's names with a tag, which tells the classes
   * ({@code swin_tiny_patch4_window7_224.ms_in22k}), torchvision's ({@code swin_t}, {@code vit_b_16}),
   * repositories of the Hugging Face Hub ({@code google/vit-base-patch16-224}), and the original repository's
   * files ({@code swin_base_patch4_window7_224_22k}). The model's own name is the one of {@link #names} in
   * any case.
   *
   * @throws ModelConfigException naming the nearest known names
   */
  public static ModelSpec spec(String name) {
    Configurations.Entry entry = Configurations.all().get(name);
    return entry != null
        ? entry.spec()
        : ModelAliases.resolve(name).orElseThrow(
            () -> new ModelConfigException(
                "there is no model named " + name + "; " + suggestion(name)
                    + "`swin-engine models` lists all of them"));
  }

  /** Whether {@link #spec} knows a name. */
  public static boolean isKnown(String name) {
    return Configurations.all().containsKey(name) || ModelAliases.resolve(name).isPresent();
  }

  /**
   * A model without memory: its parameters have paths and shapes, and get their values in a parameter arena.
   */
  public static Model create(ModelSpec spec) {
    return ModelFamilies.of(spec).create(spec);
  }

  private static String suggestion(String name) {
    List<String> known = new ArrayList<>(Configurations.all().keySet());
    known.addAll(ModelAliases.examples());
    List<String> nearest = NearestNames.of(name, known, 1);
    return nearest.isEmpty() ? "" : "did you mean " + nearest.get(0) + "? ";
  }
}
