package org.swinengine.inference;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.swinengine.backend.Warnings;
import org.swinengine.models.InputConvention;
import org.swinengine.models.ModelConfigException;
import org.swinengine.models.ModelFamilies;
import org.swinengine.models.ModelFamily;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.Models;
import org.swinengine.models.RecognitionHints;
import org.swinengine.weights.Dialect;

/**
 * What a repository of the Hugging Face Hub says of the weights in it: {@code config.json} of Transformers or
 * timm beside the weights, and Transformers' {@code preprocessor_config.json}. What such a file does not say,
 * or says in a way that is not understood, counts as not said; of what cannot be a {@linkplain Warnings
 * warning} tells.
 *
 * @param activation of the model's MLPs
 * @param hints what the arrays cannot show: heads, epsilon, window, image size
 * @param classNames names of the classes, unless there are none or they are just numbered
 * @param input how pictures become the model's input
 */
public record HubConfig(
    String activation,
    RecognitionHints hints,
    Optional<List<String>> classNames,
    Optional<InputConvention> input) {
  /** Nothing said. */
  public static final HubConfig NONE =
      new HubConfig("gelu", RecognitionHints.NONE, Optional.empty(), Optional.empty());

  private static final String CONFIG = "config.json";
  private static final String PREPROCESSOR = "preprocessor_config.json";

  /** Pillow's numbers of its filters. */
  private static final int BILINEAR = 2;
  private static final int BICUBIC = 3;

  private static final long MAX_BYTES = 1 << 24;
  private static final Set<String> GELU = Set.of("gelu", "gelu_python");
  private static final ObjectMapper JSON =
      // Python writes NaN and Infinity.
      JsonMapper.builder().enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS).build();

  /**
   * Reads what lies beside a file of weights, or in a folder of them.
   *
   * @param dialect of the weights; a file that is about other weights is not taken for theirs
   */
  public static HubConfig beside(Path weights, Dialect dialect) {
    boolean folder = Files.isDirectory(weights);
    JsonNode config = read(folder ? weights.resolve(CONFIG) : weights.resolveSibling(CONFIG));
    boolean transformers = dialect.equals(Dialect.HUGGING_FACE);
    Optional<ModelFamily> family = transformersFamily(config);
    if (transformers && family.isPresent()) {
      return new HubConfig(
          config.path("hidden_act").asText("gelu"),
          family.get().heeded(transformersHints(config)),
          names(config.path("id2label")),
          transformersInput(
              read(folder ? weights.resolve(PREPROCESSOR) : weights.resolveSibling(PREPROCESSOR))));
    }
    if (!transformers && config.path("pretrained_cfg").isObject()) {
      return new HubConfig(
          "gelu", timmHints(config), timmNames(config), timmInput(config.path("pretrained_cfg")));
    }
    return NONE;
  }

  /**
   * Refuses a model that this engine would compute wrongly.
   *
   * @throws ModelConfigException if its activation is not GELU
   */
  public void requireKnownActivation() {
    if (!GELU.contains(activation)) {
      throw new ModelConfigException(
          "the config.json beside the weights says that the model's activation is " + activation
              + ", but this engine's models have gelu");
    }
  }

  private static JsonNode read(Path file) {
    try {
      if (Files.isRegularFile(file) && Files.size(file) <= MAX_BYTES) {
        JsonNode config = JSON.readTree(Files.readAllBytes(file));
        ImpossibleValues.of(config).forEach(sentence -> Warnings.say(file + ": " + sentence));
        return config;
      }
    } catch (JsonProcessingException e) {
      Warnings.say(file + " beside the weights is no valid JSON, and is passed over");
    } catch (IOException e) {
      Warnings.say(file + " beside the weights cannot be read, and is passed over");
    }
    return JSON.missingNode();
  }

  private static Optional<ModelFamily> transformersFamily(JsonNode config) {
    String type = config.path("model_type").asText();
    return ModelFamilies.all().stream().filter(family -> family.transformersTypes().contains(type))
        .findFirst();
  }

  private static RecognitionHints transformersHints(JsonNode config) {
    RecognitionHints hints = RecognitionHints.NONE;
    int heads = config.path("num_attention_heads").asInt();
    hints = heads > 0 ? hints.withHeads(heads) : hints;
    double epsilon = config.path("layer_norm_eps").asDouble();
    hints = epsilon > 0 && epsilon < 1 ? hints.withNormEpsilon(epsilon) : hints;
    int[] image = sides(config.path("image_size"));
    int window = config.path("window_size").asInt();
    hints = image == null ? hints : hints.withImage(image[0], image[1]);
    hints = window > 0 ? hints.withWindow(window) : hints;
    List<Integer> pretrained = new ArrayList<>();
    config.path("pretrained_window_sizes").forEach(side -> pretrained.add(side.asInt()));
    return pretrained.isEmpty() ? hints : hints.withPretrainedWindows(pretrained);
  }

  /** Those of timm's model of that name, at the size of the weights. */
  private static RecognitionHints timmHints(JsonNode config) {
    String name = config.path("architecture").asText();
    if (!Models.isKnown(name)) {
      return RecognitionHints.NONE;
    }
    ModelSpec spec = Models.spec(name);
    JsonNode size = config.path("pretrained_cfg").path("input_size");
    int height = size.path(1).asInt(spec.imageHeight());
    int width = size.path(2).asInt(spec.imageWidth());
    boolean usable = height > 0 && width > 0;
    return ModelFamilies.of(spec).hints(usable ? spec.withImage(height, width, spec.channels()) : spec);
  }

  /** {@code {"0": "tench", …}}, unless the names are Transformers' own LABEL_0. */
  private static Optional<List<String>> names(JsonNode labels) {
    List<String> names = new ArrayList<>();
    boolean said = false;
    for (int i = 0; i < labels.size(); i++) {
      String name = labels.path(Integer.toString(i)).asText("");
      if (name.isBlank()) {
        return Optional.empty();
      }
      names.add(name);
      said |= !name.equals("LABEL_" + i) && !name.equals(Integer.toString(i));
    }
    return said ? Optional.of(List.copyOf(names)) : Optional.empty();
  }

  private static Optional<List<String>> timmNames(JsonNode config) {
    List<String> names = new ArrayList<>();
    for (JsonNode label : config.path("label_names")) {
      String name = label.asText();
      names.add(config.path("label_descriptions").path(name).asText(name));
    }
    return names.isEmpty() ? Optional.empty() : Optional.of(List.copyOf(names));
  }

  private static Optional<InputConvention> timmInput(JsonNode config) {
    float[] mean = three(config.path("mean"));
    float[] deviation = deviations(config.path("std"));
    double ratio = config.path("crop_pct").asDouble();
    String filter = config.path("interpolation").asText();
    boolean squash = config.path("crop_mode").asText().equals("squash");
    return mean != null && deviation != null && ratio > 0 && ratio <= 1 && isKnown(filter)
        ? Optional.of(new InputConvention(mean, deviation, ratio, squash, filter))
        : Optional.empty();
  }

  private static boolean isKnown(String filter) {
    return filter.equals("bicubic") || filter.equals("bilinear");
  }

  /**
   * As ViTImageProcessor and DeiTImageProcessor read it: both sides are resized unless one is named the
   * shortest.
   */
  private static Optional<InputConvention> transformersInput(JsonNode config) {
    float[] mean = three(config.path("image_mean"));
    float[] deviation = deviations(config.path("image_std"));
    int filter = config.path("resample").asInt(BILINEAR);
    if (mean == null || deviation == null || filter != BILINEAR && filter != BICUBIC) {
      return Optional.empty();
    }
    if (!config.path("do_normalize").asBoolean(true)) {
      mean = new float[3];
      deviation = new float[] {1, 1, 1};
    }
    // Pixels from 0 to 255 times the factor; this engine's are from 0 to 1.
    double factor =
        config.path("do_rescale").asBoolean(true) ? config.path("rescale_factor").asDouble(1 / 255.0) : 1;
    if (!(factor > 0 && factor < 1e18)) {
      return Optional.empty();
    }
    for (int i = 0; i < 3 && Math.abs(factor * 255 - 1) > 1e-6; i++) {
      mean[i] = (float) (mean[i] / (factor * 255));
      deviation[i] = (float) (deviation[i] / (factor * 255));
    }
    boolean shortest = config.path("size").has("shortest_edge");
    int[] size = shortest ? sides(config.path("size").path("shortest_edge")) : sides(config.path("size"));
    int[] crop = config.path("do_center_crop").asBoolean(false) ? sides(config.path("crop_size")) : null;
    double ratio = size == null || crop == null || crop[0] > size[0] ? 1 : (double) crop[0] / size[0];
    return Optional.of(
        new InputConvention(mean, deviation, ratio, !shortest, filter == BICUBIC ? "bicubic" : "bilinear"));
  }

  /** A number for both sides, an array of two, or height and width; null for something else. */
  private static int @Nullable [] sides(JsonNode node) {
    int height = node.isArray() ? node.path(0).asInt() : node.path("height").asInt(node.asInt());
    int width = node.isArray() ? node.path(1).asInt() : node.path("width").asInt(node.asInt());
    return height > 0 && width > 0 ? new int[] {height, width} : null;
  }

  private static float @Nullable [] three(JsonNode node) {
    if (!node.isArray() || node.size() != 3) {
      return null;
    }
    float[] values = new float[3];
    for (int i = 0; i < 3; i++) {
      values[i] = node.get(i).floatValue();
      if (!Float.isFinite(values[i])) {
        return null;
      }
    }
    return values;
  }

  private static float @Nullable [] deviations(JsonNode node) {
    float[] values = three(node);
    return values == null || values[0] > 0 && values[1] > 0 && values[2] > 0 ? values : null;
  }
}
