package org.swinengine.models;

import static org.swinengine.models.ModelSpec.require;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.schema.CoreSchema;
import org.swinengine.models.swin.SwinConfig;
import org.swinengine.models.swinv2.SwinV2Config;
import org.swinengine.models.vit.VitConfig;
import org.swinengine.nn.WindowPolicy;

/**
 * Model configurations in the YAML of the original Swin repository: {@code DATA.IMG_SIZE},
 * {@code MODEL.TYPE}, {@code MODEL.NUM_CLASSES}, {@code MODEL.SWIN.EMBED_DIM} and so on,
 * {@code MODEL.SWINV2.*}, and {@code MODEL.VIT.*} in the same manner. Sections about training are passed
 * over; an unknown key within the model's own section is an error.
 */
public final class ModelConfigFile {
  private ModelConfigFile() {}

  /**
   * Reads a file.
   *
   * @throws ModelConfigException saying what is wrong and where
   */
  public static ModelSpec read(Path file) {
    try {
      return parse(Files.readString(file), file.toString());
    } catch (IOException e) {
      throw new ModelConfigException("cannot read the model configuration " + file + ": " + e.getMessage());
    }
  }

  /**
   * Reads a text.
   *
   * @param source its name in errors
   */
  public static ModelSpec parse(String yaml, String source) {
    Object root;
    try {
      root = new Load(LoadSettings.builder().setSchema(new CoreSchema()).setLabel(source).build()).loadFromString(yaml);
    } catch (YamlEngineException e) {
      throw new ModelConfigException(source + " is not valid YAML: " + e.getMessage());
    }
    ConfigSection file = ConfigSection.root(root, source);
    ConfigSection model = file.section("MODEL");
    String type = model.text("TYPE", "swin");
    ConfigSection own = model.section(type.toUpperCase(Locale.ROOT));
    int[] image = file.section("DATA").pair("IMG_SIZE", 224);
    ModelSpec.Architecture architecture =
        switch (type) {
          case "swin" -> swin(own, own.optionalNumber("QK_SCALE"));
          case "swinv2" -> swinV2(own);
          case "vit" -> vit(own);
          default ->
              throw new ModelConfigException(
                  source + ": MODEL.TYPE is " + type + "; this version knows swin, swinv2 and vit");
        };
    int channels = own.integer("IN_CHANS", 3);
    own.requireAllUsed();
    return new ModelSpec(
        model.text("NAME", type),
        image[0],
        image[1],
        channels,
        model.integer("NUM_CLASSES", 1000),
        model.number("DROP_RATE", 0),
        model.number("DROP_PATH_RATE", 0.1),
        architecture);
  }

  private static SwinConfig swin(ConfigSection own, Double qkScale) {
    int[] window = own.pair("WINDOW_SIZE", 7);
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
        own.choice("WINDOW_POLICY", WindowPolicy.MICROSOFT));
  }

  private static SwinV2Config swinV2(ConfigSection own) {
    SwinConfig layout = swin(own, null);
    List<Integer> none = Collections.nCopies(layout.stages(), 0);
    return new SwinV2Config(layout, own.integers("PRETRAINED_WINDOW_SIZES", none));
  }

  private static VitConfig vit(ConfigSection own) {
    require(
        !own.flag("DISTILLED", false), "%s.DISTILLED: distilled models are not supported yet", own.path());
    return new VitConfig(
        own.integer("PATCH_SIZE", 16),
        own.integer("EMBED_DIM", 768),
        own.integer("DEPTH", 12),
        own.integer("NUM_HEADS", 12),
        own.number("MLP_RATIO", 4),
        own.flag("QKV_BIAS", true),
        pool(own),
        own.number("NORM_EPS", 1e-6));
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
    text.append("  ").append(type.toUpperCase(Locale.ROOT)).append(":\n");
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
    } else if (architecture instanceof VitConfig vit) {
      keys.put("PATCH_SIZE", vit.patch());
      keys.put("EMBED_DIM", vit.embedDim());
      keys.put("DEPTH", vit.depth());
      keys.put("NUM_HEADS", vit.heads());
      keys.put("MLP_RATIO", vit.mlpRatio());
      keys.put("QKV_BIAS", vit.qkvBias());
      keys.put("POOL", vit.pool() == VitConfig.Pool.TOKEN ? "token" : "avg");
      keys.put("NORM_EPS", vit.normEpsilon());
    }
    return keys;
  }

  private static void swin(SwinConfig swin, Map<String, Object> keys) {
    keys.put("PATCH_SIZE", swin.patch());
    keys.put("EMBED_DIM", swin.embedDim());
    keys.put("DEPTHS", swin.depths());
    keys.put("NUM_HEADS", swin.heads());
    keys.put("WINDOW_SIZE", List.of(swin.windowHeight(), swin.windowWidth()));
    keys.put("MLP_RATIO", swin.mlpRatio());
    keys.put("QKV_BIAS", swin.qkvBias());
    if (swin.qkScale() != null) {
      keys.put("QK_SCALE", swin.qkScale());
    }
    keys.put("APE", swin.absolutePositions());
    keys.put("PATCH_NORM", swin.patchNorm());
    keys.put("NORM_EPS", swin.normEpsilon());
    keys.put("WINDOW_POLICY", swin.policy().name().toLowerCase(Locale.ROOT));
  }

  private static void line(StringBuilder text, int indent, String key, Object value) {
    text.append(" ".repeat(indent)).append(key).append(": ").append(value).append('\n');
  }
}
