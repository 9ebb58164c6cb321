package org.swinengine.models;

import static org.swinengine.models.ModelSpec.require;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * Model configurations in the YAML of the original Swin repository: {@code DATA.IMG_SIZE}, {@code
 * MODEL.TYPE}, {@code MODEL.NUM_CLASSES}, {@code MODEL.SWIN.EMBED_DIM} and so on, {@code MODEL.SWINV2.*}, and
 * {@code MODEL.VIT.*} in the same manner. A Swin-Unet is {@code MODEL.TYPE: swin_unet} with a section {@code
 * MODEL.SWIN}, or that section with one of {@code DECODER_DEPTHS} and {@code FINAL_UPSAMPLE}, as in the
 * Swin-Unet repository's files. A file may be based on others ({@code BASE}). Sections about training are
 * passed over; an unknown key is an error.
 */
public final class ModelConfigFile {
  /** The type of configurations that name none. */
  private static final String USUAL_TYPE = "swin";

  private ModelConfigFile() {}

  /**
   * Reads a file.
   *
   * @throws ModelConfigException saying what is wrong and where
   */
  public static ModelSpec read(Path file) {
    return read(file, List.of());
  }

  /**
   * Reads a file and the files of its {@code BASE}, and overrides some of its values.
   *
   * @param options key, value, key, value …, as the original's {@code --opts} has them:
   *     {@code [MODEL.SWIN.WINDOW_SIZE, 8, DATA.IMG_SIZE, 256]}; values are YAML, or Python's tuples
   * @throws ModelConfigException saying what is wrong and where
   */
  public static ModelSpec read(Path file, List<String> options) {
    return spec(ConfigTree.read(file), options);
  }

  /**
   * Reads a text.
   *
   * @param source its name in errors
   */
  public static ModelSpec parse(String yaml, String source) {
    return spec(ConfigTree.parse(yaml, source), List.of());
  }

  /**
   * A model with some of its values overridden.
   *
   * @param options as {@link #read(Path, List)} takes them
   */
  public static ModelSpec withOptions(ModelSpec spec, List<String> options) {
    return options.isEmpty() ? spec : spec(ConfigTree.parse(write(spec), spec.name()), options);
  }

  /**
   * A model with some of its skip connections, if its architecture has them to choose from.
   *
   * @param skips as its configuration's {@code SKIPS} takes them, such as {@code 2} or {@code 1/8,1/16}
   * @throws ModelConfigException if it has none, or not these
   */
  public static ModelSpec withSkips(ModelSpec spec, String skips) {
    ModelFamily family = ModelFamilies.of(spec);
    require(
        family.keys().contains("SKIPS"),
        "`skips` chooses the skip connections of a model that has some, such as a Swin-Unet, but %s has none",
        spec.name());
    return withOptions(spec,
        List.of("MODEL." + family.section() + ".SKIPS", "'" + skips.replace("'", "''") + "'"));
  }

  private static ModelSpec spec(ConfigTree tree, List<String> options) {
    tree.override(options);
    ConfigSection file = tree.sections();
    ConfigSection model = file.section("MODEL");
    ModelFamily named = named(model.text("TYPE", USUAL_TYPE), model);
    ConfigSection own = model.section(named.section());
    ModelFamily family = claiming(named, own);
    String type = family.type();
    ConfigSection data = file.section("DATA");
    int[] image = data.pair("IMG_SIZE", 224);
    int classes = family.usualClasses(data.text("DATASET", ""));
    ModelSpec.Architecture architecture = family.read(own);
    int channels = own.integer("IN_CHANS", 3);
    ModelSpec spec =
        new ModelSpec(
            model.text("NAME", type),
            image[0],
            image[1],
            channels,
            model.integer("NUM_CLASSES", classes),
            model.number("DROP_RATE", 0),
            model.number("DROP_PATH_RATE", 0.1),
            architecture);
    own.requireAllUsed(Set.of());
    model.requireAllUsed(KnownKeys.model());
    data.requireAllUsed(KnownKeys.DATA);
    file.requireAllUsed(KnownKeys.TOP);
    requireOwn(options, "MODEL." + family.section(), type);
    return spec;
  }

  private static ModelFamily named(String type, ConfigSection model) {
    return ModelFamilies.find(type)
        .orElseThrow(
            () -> new ModelConfigException(
                model.path() + ".TYPE is " + type + "; this version knows " + ModelFamilies.types()));
  }

  /** The family with the same section that recognises its own keys there, or else the one that was named. */
  private static ModelFamily claiming(ModelFamily named, ConfigSection own) {
    return ModelFamilies.all().stream()
        .filter(family -> family != named && family.section().equals(named.section()) && family.claims(own))
        .findFirst()
        .orElse(named);
  }

  /** A section of another type has no effect. */
  private static void requireOwn(List<String> options, String own, String type) {
    for (int i = 0; i < options.size(); i += 2) {
      String section = options.get(i).substring(0, options.get(i).lastIndexOf('.'));
      require(
          !section.startsWith("MODEL.") || section.equals(own),
          "`options` %s has no effect on a model of type %s, whose section is %s", options.get(i), type, own);
    }
  }

  /** The YAML of a model, which {@link #parse} reads back to an equal specification. */
  public static String write(ModelSpec spec) {
    StringBuilder text = new StringBuilder();
    text.append("DATA:\n  IMG_SIZE: [").append(spec.imageHeight()).append(", ").append(spec.imageWidth());
    text.append("]\nMODEL:\n");
    ModelFamily family = ModelFamilies.of(spec);
    line(text, 2, "TYPE", family.type());
    line(text, 2, "NAME", "\"" + spec.name().replace("\\", "\\\\").replace("\"", "\\\"") + "\"");
    line(text, 2, "NUM_CLASSES", spec.classes());
    line(text, 2, "DROP_RATE", spec.dropRate());
    line(text, 2, "DROP_PATH_RATE", spec.dropPathRate());
    text.append("  ").append(family.section()).append(":\n");
    line(text, 4, "IN_CHANS", spec.channels());
    family.write(spec.architecture()).forEach((key, value) -> line(text, 4, key, value));
    return text.toString();
  }

  private static void line(StringBuilder text, int indent, String key, Object value) {
    text.append(" ".repeat(indent)).append(key).append(": ").append(value).append('\n');
  }
}
