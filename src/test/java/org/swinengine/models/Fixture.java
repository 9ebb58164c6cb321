package org.swinengine.models;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.LinkedHashMap;
import java.util.Map;
import org.swinengine.weights.ArrayData;
import org.swinengine.weights.NamedWeights;
import org.swinengine.weights.Npy;
import org.swinengine.weights.RenameRules;
import org.swinengine.weights.Safetensors;
import org.swinengine.weights.StateDict;

/**
 * A small model run by its original implementation in PyTorch: weights, input, logits, the gradient of every
 * parameter (cross-entropy, evaluation mode), and losses and parameters of three AdamW steps (learning rate
 * 1e-3, weight decay 0.05 on every parameter).
 */
final class Fixture {
  /** Those with logits, gradients and three AdamW steps: the models as their libraries make them. */
  static final List<String> WITH_STEPS = List.of(
      "ms_swin", "ms_swin_ape", "hf4_swin", "hf_swin_padded", "timm_swin_padded", "torchvision_swin_padded",
      "ms_swinv2", "timm_swinv2", "timm_swinv2_padded", "torchvision_swinv2_padded", "timm_deit_distilled",
      "hf4_vit", "timm_vit", "torchvision_vit", "swin_unet", "torch_encoder_post", "torch_vit_mean");

  private final Path folder;
  final ModelSpec spec;
  final NamedWeights weights;

  Fixture(String name) {
    try {
      folder = Path.of(Fixture.class.getResource("/fixtures/" + name).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
    weights = named("weights.safetensors");
    spec =
        DialectSemantics.apply(ModelConfigFile.read(folder.resolve("model.yaml")), weights.dialect());
  }

  /** In the dialect, and by the rules, that {@code case.json} may say. */
  private NamedWeights named(String file) {
    StateDict dict = Safetensors.read(folder.resolve(file));
    JsonNode said = said();
    if (said.has("dialect")) {
      return ParameterNames.of(dict, ParameterNames.dialect(said.get("dialect").asText()), RenameRules.NONE);
    }
    if (!said.has("rename")) {
      return ParameterNames.of(dict);
    }
    StructureMatch match = StructureMatch.of(dict, RenameRules.NONE, RecognitionHints.NONE).orElseThrow();
    return ParameterNames.of(dict, match.dialect(), match.rename());
  }

  private JsonNode said() {
    try {
      return new ObjectMapper().readTree(folder.resolve("case.json").toFile());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  ArrayData input() {
    return Npy.read(folder.resolve("input.npy"));
  }

  int[] labels() {
    return Npy.read(folder.resolve("target.npy")).toInts();
  }

  double[] logits() {
    return Npy.read(folder.resolve("logits.npy")).toDoubles();
  }

  /** What timm's stages give of the first image, {@code map0} …, and {@code embedding} of all. */
  StateDict features() {
    return Safetensors.read(folder.resolve("features.safetensors"));
  }

  /** Gradients by the engine's parameter paths. */
  Map<String, double[]> gradients() {
    return arrays("grads.safetensors");
  }

  /** Parameters after three steps, by the engine's parameter paths. */
  Map<String, double[]> afterThreeSteps() {
    return arrays("after3.safetensors");
  }

  private Map<String, double[]> arrays(String file) {
    Map<String, double[]> arrays = new LinkedHashMap<>();
    named(file)
        .weights()
        .arrays()
        .forEach((name, array) -> arrays.put(name, array.toDoubles()));
    return arrays;
  }

  double[] losses() {
    JsonNode losses = said().get("losses");
    double[] values = new double[losses.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = losses.get(i).asDouble();
    }
    return values;
  }
}
