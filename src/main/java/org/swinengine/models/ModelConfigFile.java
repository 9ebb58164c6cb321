package org.swinengine.models;

import static org.swinengine.models.ModelSpec.require;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.swinengine.models.swin.SwinConfig;
import org.swinengine.models.swinunet.SwinUnetConfig;
import org.swinengine.models.swinv2.SwinV2Config;
import org.swinengine.models.vit.VitConfig;
import org.swinengine.nn.WindowPolicy;

/**
 * Model configurations in the YAML of the original Swin repository: {@code DATA.IMG_SIZE}, {@code MODEL.TYPE},
 * {@code MODEL.NUM_CLASSES}, {@code MODEL.SWIN.EMBED_DIM} and so on, {@code MODEL.SWINV2.*}, and {@code MODEL.VIT.*} in
 * the same manner. A Swin-Unet is {@code MODEL.TYPE: swin_unet} with a section {@code MODEL.SWIN}, or that section with
 * one of {@code DECODER_DEPTHS} and {@code FINAL_UPSAMPLE}, as in the Swin-Unet repository's files.
 * A file may be based on others ({@code BASE}). Sections about training are passed over; an unknown key is an
 * error.
 */
public final class ModelConfigFile {
  /** Classes of the data set with which Swin-Unet was published; its repository's default. */
  private static final int SYNAPSE_CLASSES = 9;

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

  private static ModelSpec spec(ConfigTree tree, List<String> options) {
    tree.override(options);
    ConfigSection file = tree.sections();
    ConfigSection model = file.section("MODEL");
    String named = model.text("TYPE", "swin");
    ConfigSection own = model.section(section(named));
    boolean decodes = named.equals("swin") && own.hasAny("DECODER_DEPTHS", "FINAL_UPSAMPLE");
    String type = decodes ? "swin_unet" : named;
    ConfigSection data = file.section("DATA");
    int[] image = data.pair("IMG_SIZE", 224);
    int classes = type.equals("swin_unet") ? SYNAPSE_CLASSES : classes(data.text("DATASET", ""));
    ModelSpec.Architecture architecture =
        switch (type) {
          case "swin" -> swin(own, own.optionalNumber("QK_SCALE"));
          case "swinv2" -> swinV2(own);
          case "swin_unet" -> swinUnet(own);
          case "vit" -> vit(own);
          default ->
              throw new ModelConfigException(
                  model.path() + ".TYPE is " + type + "; this version knows swin, swinv2, swin_unet and vit");
        };
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
    model.requireAllUsed(KnownKeys.MODEL);
    data.requireAllUsed(KnownKeys.DATA);
    file.requireAllUsed(KnownKeys.TOP);
    requireOwn(options, "MODEL." + section(type), type);
    return spec;
  }

  /** The original's files for ImageNet-22k name the data set and leave the number of classes to it. */
  private static int classes(String dataset) {
    return dataset.equalsIgnoreCase("imagenet22k") ? 21_841 : 1000;
  }

  /** A section of another type has no effect. */
  private static void requireOwn(List<String> options, String own, String type) {
    for (int i = 0; i < options.size(); i += 2) {
      String section = options.get(i).substring(0, options.get(i).lastIndexOf('.'));
      require(
          !section.startsWith("MODEL.") || section.equals(own),
          "--opts %s has no effect on a model of type %s, whose section is %s", options.get(i), type, own);
    }
  }

  private static SwinConfig swin(ConfigSection own, Double qkScale) {
    List<Integer> windows = own.integers("WINDOW_SIZES", List.of());
    require(
        windows.isEmpty() || !own.hasAny("WINDOW_SIZE"),
        "%s has both WINDOW_SIZE, of all stages, and WINDOW_SIZES, of each stage; give one of them",
        own.path());
    int[] window = own.pair("WINDOW_SIZE", windows.isEmpty() ? 7 : Collections.max(windows));
    return new SwinConfig(
        own.integer("PATCH_SIZE", 4),
        own.integer("EMBED_DIM", 96),
        own.integers("DEPTHS", List.of(2, 2, 6, 2)),
        own.integers("NUM_HEADS", List.of(3, 6, 12, 24)),
        window[0],
        window[1],
        own.number("MLP_RATIO", 4),
        own.flag("QKV_BIAS", true),
        qkScale,
        own.flag("APE", false),
        own.flag("PATCH_NORM", true),
        own.number("NORM_EPS", 1e-5),
        own.choice("WINDOW_POLICY", WindowPolicy.class),
        windows);
  }

  private static SwinV2Config swinV2(ConfigSection own) {
    SwinConfig layout = swin(own, null);
    List<Integer> none = Collections.nCopies(layout.stages(), 0);
    return new SwinV2Config(layout, own.integers("PRETRAINED_WINDOW_SIZES", none));
  }

  /** A Swin-Unet's own keys stand in {@code MODEL.SWIN}, as in its repository. */
  static String section(String type) {
    return type.equals("swin_unet") ? "SWIN" : type.toUpperCase(Locale.ROOT);
  }

  private static SwinUnetConfig swinUnet(ConfigSection own) {
    String upsample = own.text("FINAL_UPSAMPLE", "expand_first");
    require(
        upsample.equals("expand_first"), "%s.FINAL_UPSAMPLE is %s; it must be expand_first", own.path(),
        upsample);
    // Files have it, but the original never reads it: its decoder has the encoder's depths.
    own.integers("DECODER_DEPTHS", List.of());
    SwinConfig encoder = swin(own, own.optionalNumber("QK_SCALE"));
    return new SwinUnetConfig(encoder, SwinUnetConfig.skips(own.joined("SKIPS", "all"), encoder));
  }

  private static VitConfig vit(ConfigSection own) {
    return new VitConfig(
        own.integer("PATCH_SIZE", 16),
        own.integer("EMBED_DIM", 768),
        own.integer("DEPTH", 12),
        own.integer("NUM_HEADS", 12),
        own.number("MLP_RATIO", 4),
        own.flag("QKV_BIAS", true),
        pool(own),
        own.optionalNumber("NORM_EPS"),
        own.flag("CLASS_TOKEN", true),
        own.flag("DISTILLED", false),
        own.integer("REG_TOKENS", 0),
        !own.flag("NO_EMBED_CLASS", false),
        own.optionalNumber("INIT_VALUES"),
        own.integer("REPRESENTATION_SIZE", 0));
  }

  private static VitConfig.Pool pool(ConfigSection own) {
    String pool = own.text("POOL", "token");
    require(
        pool.equals("token") || pool.equals("avg"), "%s.POOL is %s; it must be token or avg", own.path(), pool);
    return pool.equals("token") ? VitConfig.Pool.TOKEN : VitConfig.Pool.AVERAGE;
  }

  /** The YAML of a model, which {@link #parse} reads back to an equal specification. */
  public static String write(ModelSpec spec) {
    StringBuilder text = new StringBuilder();
    text.append("DATA:\n  IMG_SIZE: [").append(spec.imageHeight()).append(", ").append(spec.imageWidth());
    text.append("]\nMODEL:\n");
    String type = spec.architecture().type();
    line(text, 2, "TYPE", type);
    line(text, 2, "NAME", "\"" + spec.name().replace("\\", "\\\\").replace("\"", "\\\"") + "\"");
    line(text, 2, "NUM_CLASSES", spec.classes());
    line(text, 2, "DROP_RATE", spec.dropRate());
    line(text, 2, "DROP_PATH_RATE", spec.dropPathRate());
    text.append("  ").append(section(type)).append(":\n");
    line(text, 4, "IN_CHANS", spec.channels());
    architecture(spec.architecture()).forEach((key, value) -> line(text, 4, key, value));
    return text.toString();
  }

  private static Map<String, Object> architecture(ModelSpec.Architecture architecture) {
    Map<String, Object> keys = new LinkedHashMap<>();
    if (architecture instanceof SwinConfig swin) {
      swin(swin, keys);
    } else if (architecture instanceof SwinV2Config swinV2) {
      swin(swinV2.layout(), keys);
      keys.put("PRETRAINED_WINDOW_SIZES", swinV2.pretrainedWindows());
    } else if (architecture instanceof SwinUnetConfig unet) {
      swin(unet.encoder(), keys);
      keys.put("SKIPS", unet.scales());
    } else if (architecture instanceof VitConfig vit) {
      keys.put("PATCH_SIZE", vit.patch());
      keys.put("EMBED_DIM", vit.embedDim());
      keys.put("DEPTH", vit.depth());
      keys.put("NUM_HEADS", vit.heads());
      keys.put("MLP_RATIO", vit.mlpRatio());
      keys.put("QKV_BIAS", vit.qkvBias());
      keys.put("POOL", vit.pool() == VitConfig.Pool.TOKEN ? "token" : "avg");
      if (vit.normEpsilon() != null) {
        keys.put("NORM_EPS", vit.normEpsilon());
      }
      keys.put("CLASS_TOKEN", vit.classToken());
      keys.put("DISTILLED", vit.distilled());
      keys.put("REG_TOKENS", vit.registerTokens());
      keys.put("NO_EMBED_CLASS", !vit.embedPrefix());
      if (vit.layerScale() != null) {
        keys.put("INIT_VALUES", vit.layerScale());
      }
      keys.put("REPRESENTATION_SIZE", vit.representationSize());
    }
    return keys;
  }

  private static void swin(SwinConfig swin, Map<String, Object> keys) {
    keys.put("PATCH_SIZE", swin.patch());
    keys.put("EMBED_DIM", swin.embedDim());
    keys.put("DEPTHS", swin.depths());
    keys.put("NUM_HEADS", swin.heads());
    if (swin.stageWindows().isEmpty()) {
      keys.put("WINDOW_SIZE", List.of(swin.windowHeight(), swin.windowWidth()));
    } else {
      keys.put("WINDOW_SIZES", swin.stageWindows());
    }
    keys.put("MLP_RATIO", swin.mlpRatio());
    keys.put("QKV_BIAS", swin.qkvBias());
    if (swin.qkScale() != null) {
      keys.put("QK_SCALE", swin.qkScale());
    }
    keys.put("APE", swin.absolutePositions());
    keys.put("PATCH_NORM", swin.patchNorm());
    keys.put("NORM_EPS", swin.normEpsilon());
    if (swin.policy() != null) {
      keys.put("WINDOW_POLICY", swin.policy().name().toLowerCase(Locale.ROOT));
    }
  }

  private static void line(StringBuilder text, int indent, String key, Object value) {
    text.append(" ".repeat(indent)).append(key).append(": ").append(value).append('\n');
  }
}
