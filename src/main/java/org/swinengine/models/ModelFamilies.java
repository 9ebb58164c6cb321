package org.swinengine.models;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.swinengine.models.swin.SwinFamily;
import org.swinengine.models.swinunet.SwinUnetFamily;
import org.swinengine.models.swinv2.SwinV2Family;
import org.swinengine.models.vit.VitFamily;

/** The families of models: the engine's, and those that programs register. */
public final class ModelFamilies {
  private static final List<ModelFamily> OWN =
      List.of(
          new SwinFamily(),
          new SwinV2Family(),
          new SwinUnetFamily(),
          new VitFamily());

  private static final Pattern TYPE = Pattern.compile("[a-z][a-z0-9_]*");

  /** Replaced as a whole, so that readers need no lock. */
  private static volatile List<ModelFamily> all = OWN;

  private ModelFamilies() {}

  /** All families, the engine's first. */
  public static List<ModelFamily> all() {
    return all;
  }

  /**
   * Makes a family known to the process: its models can be written to configuration files and checkpoints,
   * and be read from them. To be called before the first of them is made or read.
   *
   * <pre>{@code
   * ModelFamilies.register(new ConvNetFamily());
   * Model model = Models.create(new ModelSpec("mine", 64, 64, 3, 10, 0, 0, new ConvNet(32)));
   * }</pre>
   *
   * @throws IllegalArgumentException if there is a family of that type, or its type is no name
   */
  public static synchronized void register(ModelFamily family) {
    String type = family.type();
    if (!TYPE.matcher(type).matches()) {
      throw new IllegalArgumentException(
          "a family of models has the type \"" + type
              + "\", but a type has lower-case letters, digits and underscores, as my_net");
    }
    if (find(type).isPresent()) {
      throw new IllegalArgumentException("there is a family of models of the type " + type + " already");
    }
    List<ModelFamily> more = new ArrayList<>(all);
    more.add(family);
    all = List.copyOf(more);
  }

  /** The family of a type; empty if there is none. */
  public static Optional<ModelFamily> find(String type) {
    return all.stream().filter(family -> family.type().equals(type)).findFirst();
  }

  /**
   * The family of a model.
   *
   * @throws ModelConfigException if it is none that is registered
   */
  public static ModelFamily of(ModelSpec spec) {
    String type = spec.architecture().type();
    return find(type)
        .orElseThrow(
            () -> new ModelConfigException(
                spec.name() + " has an architecture of type " + type + ", which no family of models has;"
                    + " known are " + types() + ", and ModelFamilies.register makes others known"));
  }

  /** All types in a sentence: {@code swin, swin_unet and vit}. */
  static String types() {
    List<String> types = all.stream().map(ModelFamily::type).toList();
    return String.join(", ", types.subList(0, types.size() - 1)) + " and " + types.get(types.size() - 1);
  }
}
